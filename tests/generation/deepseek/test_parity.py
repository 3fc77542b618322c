"""Logits against transformers, same official checkpoint, float32, in five modes; and that every known mistake would show."""

from __future__ import annotations

import dataclasses
import math
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F

from generation.checkpoints.load import load
from generation.deepseek import assemble, mla, moe, rope
from generation.deepseek import model as model_module
from generation.deepseek.cache import Cache
from generation.deepseek.config import Yarn
from generation.deepseek.kept import Kept
from generation.deepseek.model import Model
from tests.generation.deepseek import toys

LIMIT = 1e-5
COUNT = 96


@dataclasses.dataclass
class Case:
    shape: str
    folder: Path
    tokens: list[int]
    want: torch.Tensor

    def load(self) -> Model:
        return load(self.folder, "fp32")


@pytest.fixture(scope="module", params=list(toys.SHAPES))
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    torch.set_num_threads(1)
    return _case(request.param, tmp_path_factory.mktemp(request.param))


def _case(shape: str, folder: Path) -> Case:
    theirs = toys.build(shape)
    toys.write(theirs, folder)
    tokens = toys.ids(COUNT)
    return Case(shape, folder, tokens, toys.logits(theirs, tokens))


def naive(model: Model, tokens: list[int]) -> torch.Tensor:
    return model.logits(model.prefill(tokens, model.cache("fp32"), form="materialised"))


def absorbed(model: Model, tokens: list[int]) -> torch.Tensor:
    return model.logits(model.prefill(tokens, model.cache("fp32"), form="absorbed"))


def decoded(model: Model, tokens: list[int]) -> torch.Tensor:
    cache = model.cache("fp32")
    out = [model.logits(model.prefill(tokens[:40], cache))]
    out += [model.step([token], [cache])[0] for token in tokens[40:]]
    return torch.cat(out)


def chunked(model: Model, tokens: list[int], *, form: mla.Form | None = None) -> torch.Tensor:
    cache, out, first = model.cache("fp32"), [], 0
    for count in (7, 1, 64, len(tokens) - 72):
        out.append(model.logits(model.prefill(tokens[first : first + count], cache, form=form)))
        first += count
    return torch.cat(out)


def kept(model: Model, tokens: list[int], folder: Path) -> torch.Tensor:
    """The first 64 tokens come from a file that another `Kept` wrote."""
    first = Kept(model, folder)
    cache = model.cache("fp32")
    start = model.prefill(tokens[:70], cache)
    first.keep(tokens[:70], cache)
    found = Kept(model, folder).longest(tokens, "fp32")
    assert found is not None and found.length == 64
    return torch.cat((model.logits(start)[:64], model.logits(model.prefill(tokens[64:], found))))


MODES: dict[str, Callable[[Model, list[int]], torch.Tensor]] = {
    "naive": naive, "absorbed": absorbed, "prefill+decode": decoded, "chunked": chunked,
    "chunked, materialised over a past": lambda model, tokens: chunked(model, tokens, form="materialised"),
}  # fmt: skip


@pytest.mark.parametrize("mode", MODES)
def test_logits_equal_transformers(case: Case, mode: str) -> None:
    found = MODES[mode](case.load(), case.tokens)
    assert toys.error(found, case.want) <= LIMIT
    assert toys.error(found[-1], case.want[-1]) <= LIMIT
    assert toys.error(found[0], case.want[0]) <= LIMIT


def test_logits_continued_from_a_stored_prefix_equal_transformers(case: Case, tmp_path: Path) -> None:
    assert toys.error(kept(case.load(), case.tokens, tmp_path), case.want) <= LIMIT


def test_a_prefix_stored_by_another_process_is_found(case: Case, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from generation.checkpoints.load import load; from generation.deepseek.kept import Kept\n"
        f"model = load(Path({str(case.folder)!r}), 'fp32'); cache = model.cache('fp32'); ids = {case.tokens[:64]}\n"
        f"model.prefill(ids, cache); Kept(model, Path({str(tmp_path)!r})).keep(ids, cache)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).resolve().parents[3])
    model = case.load()
    found = Kept(model, tmp_path).longest(case.tokens, "fp32")
    assert found is not None and found.length == 64
    assert toys.error(model.logits(model.prefill(case.tokens[64:], found)), case.want[64:]) <= LIMIT


def test_the_chosen_experts_are_the_same(case: Case) -> None:
    theirs, chosen = toys.build(case.shape), []
    for layer in theirs.model.layers[1:]:
        layer.mlp.gate.register_forward_hook(lambda _m, _i, out: chosen.append(out[2].sort(-1).values))
    toys.logits(theirs, case.tokens)
    ours = case.load()
    naive(ours, case.tokens)
    for block, want in zip(ours.blocks[1:], chosen, strict=True):
        assert isinstance(block.feed_forward, moe.Moe) and block.feed_forward.chosen is not None
        assert bool((block.feed_forward.chosen.sort(-1).values == want).all())


def test_mtp_logits_equal_transformers(tmp_path: Path) -> None:
    theirs = toys.build("v3")
    extra = toys.with_mtp(theirs)
    toys.write(theirs, tmp_path, mtp=extra)
    tokens = toys.ids(COUNT)
    want = _mtp_oracle(theirs, extra, tokens)
    ours = load(tmp_path, "fp32")
    hidden = ours.prefill(tokens, ours.cache("fp32"))
    single = Cache(ours.config, "fp32", layers=1)
    at_once = ours.logits(ours.guess(hidden[:-1], tokens[1:], single, first=1))
    assert toys.error(at_once, want) <= LIMIT
    cache, steps = Cache(ours.config, "fp32", layers=1), []
    for first, last in ((0, 40), (40, 41), (41, 43), (43, COUNT - 1)):
        states = ours.guess(hidden[first:last], tokens[first + 1 : last + 1], cache, first=first + 1)
        steps.append(ours.logits(states))
    assert toys.error(torch.cat(steps), want) <= LIMIT


def _mtp_oracle(theirs: Any, extra: Any, tokens: list[int]) -> torch.Tensor:
    """DeepSeek-V3 report, eq. 21-24, with transformers' own block, norms and head."""
    with torch.no_grad():
        states = theirs.model(torch.tensor([tokens]), use_cache=False).last_hidden_state[:, :-1]
        layer, token = extra.layers[0], theirs.model.embed_tokens(torch.tensor([tokens[1:]]))
        x = layer.eh_proj(torch.cat((layer.enorm(token), layer.hnorm(states)), dim=-1))
        places = torch.arange(1, len(tokens))[None]
        mask = torch.full((len(tokens) - 1,) * 2, float("-inf")).triu(1)[None, None]
        x = layer.mtp_block(
            x, attention_mask=mask, position_ids=places, position_embeddings=theirs.model.rotary_emb(x, places)
        )
        x = x[0] if isinstance(x, tuple) else x
        return theirs.lm_head(layer.post_norm(x))[0]


# Mutations: each patches one function of the engine with a mistake that was really made somewhere.

Patch = Callable[[pytest.MonkeyPatch], None]
MUTATIONS: dict[str, tuple[tuple[str, ...], Patch]] = {}
ALL = ("v2-lite", "v2", "v3")


def mutation(*shapes: str) -> Callable[[Patch], Patch]:
    def register(patch: Patch) -> Patch:
        MUTATIONS[patch.__name__] = (shapes or ALL, patch)
        return patch

    return register


def _frequencies(monkeypatch: pytest.MonkeyPatch, change: Callable[..., torch.Tensor]) -> None:
    monkeypatch.setattr(rope, "frequencies", change)


_right_frequencies, _right_route, _right_rotate = rope.frequencies, moe.route, rope.rotate
_right_block, _right_project = assemble._block, mla.Attention.project


@mutation()
def yarn_ramp_inverted(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(width: int, theta: float, yarn: Any) -> torch.Tensor:
        plain = _right_frequencies(width, theta, None)
        return plain + plain / yarn.factor - _right_frequencies(width, theta, yarn)

    _frequencies(monkeypatch, wrong)


@mutation()
def no_yarn(monkeypatch: pytest.MonkeyPatch) -> None:
    _frequencies(monkeypatch, lambda width, theta, yarn: _right_frequencies(width, theta, None))


@mutation()
def linear_rope(monkeypatch: pytest.MonkeyPatch) -> None:
    _frequencies(monkeypatch, lambda width, theta, yarn: _right_frequencies(width, theta, None) / yarn.factor)


@mutation()
def no_mscale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assemble, "softmax_scale", lambda c: c.head**-0.5)


@mutation()
def mscale_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        assemble, "softmax_scale", lambda c: c.head**-0.5 * rope.magnitude(c.yarn.factor, c.yarn.mscale_all_dim)
    )


@mutation("v2")  # where the two differ
def mscale_for_mscale_all_dim(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        assemble, "softmax_scale", lambda c: c.head**-0.5 * rope.magnitude(c.yarn.factor, c.yarn.mscale) ** 2
    )


@mutation("v2")
def mscale_ratio_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    real = rope.Rotary.table

    def wrong(self: rope.Rotary, stop: int) -> torch.Tensor:
        self._size = 1.0
        return real(self, stop)

    monkeypatch.setattr(rope.Rotary, "table", wrong)


@mutation()
def scale_of_the_latent_width(monkeypatch: pytest.MonkeyPatch) -> None:
    real = rope.softmax_scale
    monkeypatch.setattr(assemble, "softmax_scale", lambda c: real(c) * (c.head / c.latent) ** 0.5)


@mutation()
def mscale_on_rope(monkeypatch: pytest.MonkeyPatch) -> None:
    real = rope.Rotary.table
    monkeypatch.setattr(
        rope.Rotary,
        "table",
        lambda self, stop: real(self, stop) * rope.magnitude(8.0, self._config.yarn.mscale_all_dim),
    )


def _turn(
    monkeypatch: pytest.MonkeyPatch, key: Callable[..., torch.Tensor], query: Callable[..., torch.Tensor]
) -> None:
    """Rotation by place: keys come with one head, queries with several."""
    monkeypatch.setattr(mla, "rotate", lambda x, at: (key if x.shape[1] == 1 else query)(x, at))


@mutation()
def k_position_plus_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def late(x: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
        step = _right_frequencies(8, 10_000.0, Yarn(8.0, 64))
        cos, sin = at[:, 0], at[:, 1]
        turned = torch.stack((cos * step.cos() - sin * step.sin(), sin * step.cos() + cos * step.sin()), dim=1)
        return _right_rotate(x, turned)

    _turn(monkeypatch, late, _right_rotate)


@mutation()
def rope_halves(monkeypatch: pytest.MonkeyPatch) -> None:
    def halves(x: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
        a, b = x.chunk(2, dim=-1)
        cos, sin = at[:, 0, None], at[:, 1, None]
        return torch.cat((a * cos - b * sin, b * cos + a * sin), dim=-1)

    monkeypatch.setattr(mla, "rotate", halves)


@mutation()
def rope_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    _turn(monkeypatch, lambda x, at: _right_rotate(_right_rotate(x, at), at), _right_rotate)


@mutation()
def rope_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    _turn(monkeypatch, lambda x, at: x, _right_rotate)


@mutation()
def mask_sees_next(monkeypatch: pytest.MonkeyPatch) -> None:
    real = mla._after
    monkeypatch.setattr(mla, "_after", lambda first, *rest: real(first + 1, *rest))


@mutation()
def mask_aligned_top_left(monkeypatch: pytest.MonkeyPatch) -> None:
    real = mla._after
    monkeypatch.setattr(mla, "_after", lambda first, queries, start, keys, like: real(0, queries, start, keys, like))


@mutation()
def positions_restart_in_a_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Model._places
    monkeypatch.setattr(Model, "_places", lambda self, places: real(self, range(len(places))))


def _projected(monkeypatch: pytest.MonkeyPatch, change: Callable[..., Any]) -> None:
    monkeypatch.setattr(mla.Attention, "project", change)


@mutation()
def q_split_rope_first(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(self: mla.Attention, x: torch.Tensor, at: torch.Tensor, *, few: bool) -> Any:
        up = self.q_up
        rolled = lambda y: torch.roll(up(y).view(len(y), -1, self.config.head), -self.config.rope, -1).flatten(1)  # noqa: E731
        fake = type("Rolled", (), {"__call__": lambda _s, y: rolled(y), "rows": lambda _s, y: rolled(y)})()
        return _right_project(dataclasses.replace(self, q_up=fake), x, at, few=few)

    _projected(monkeypatch, wrong)


def _latent_norm(monkeypatch: pytest.MonkeyPatch, norm: Callable[[mla.Attention, torch.Tensor], torch.Tensor]) -> None:
    def wrong(self: mla.Attention, x: torch.Tensor, at: torch.Tensor, *, few: bool) -> Any:
        nope, turned, _ = _right_project(self, x, at, few=few)
        z, r = norm(self, mla.apply(self.kv_down, x, few)), self.config.kv_rank
        return nope, turned, torch.cat((z[:, :r], _right_rotate(z[:, None, r:], at)[:, 0]), dim=-1)

    _projected(monkeypatch, wrong)


@mutation()
def kv_norm_over_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def norm(self: mla.Attention, z: torch.Tensor) -> torch.Tensor:
        weight = torch.cat((self.kv_norm, torch.ones(self.config.rope)))
        return F.rms_norm(z, (z.shape[-1],), weight, 1e-6)

    _latent_norm(monkeypatch, norm)


@mutation()
def no_kv_norm(monkeypatch: pytest.MonkeyPatch) -> None:
    _latent_norm(monkeypatch, lambda self, z: z)


def _weights(monkeypatch: pytest.MonkeyPatch, change: Callable[[Any, int], None]) -> None:
    def wrong(config: Any, weights: Any, how: Any, layer: int) -> Any:
        block = _right_block(config, weights, how, layer)
        change(block, layer)
        return block

    monkeypatch.setattr(assemble, "_block", wrong)


def _kv_b(block: Any) -> torch.Tensor:
    return torch.cat((block.attention.up_k, block.attention.up_v), dim=1)


@mutation()
def kv_b_all_keys_then_all_values(monkeypatch: pytest.MonkeyPatch) -> None:
    def change(block: Any, layer: int) -> None:
        a = block.attention
        flat, cut = _kv_b(block).reshape(-1, a.config.kv_rank), a.config.heads * a.config.nope
        a.up_k, a.up_v = flat[:cut].view_as(a.up_k), flat[cut:].reshape(a.up_v.shape)

    _weights(monkeypatch, change)


@mutation()
def kv_b_values_first(monkeypatch: pytest.MonkeyPatch) -> None:
    def change(block: Any, layer: int) -> None:
        a, whole = block.attention, _kv_b(block)
        a.up_v, a.up_k = whole[:, : a.config.value], whole[:, a.config.value :]

    _weights(monkeypatch, change)


@mutation()
def gate_up_swapped(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(self: moe.Mlp, x: torch.Tensor, *, few: bool) -> torch.Tensor:
        up, gate = mla.apply(self.gate_up, x, few).chunk(2, dim=-1)
        return mla.apply(self.down, F.silu(gate) * up, few)

    monkeypatch.setattr(moe.Mlp, "__call__", wrong)


@mutation()
def no_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    _weights(monkeypatch, lambda block, layer: setattr(block.feed_forward, "shared", None) if layer else None)


@mutation()
def shared_scaled(monkeypatch: pytest.MonkeyPatch) -> None:
    def change(block: Any, layer: int) -> None:
        if layer:
            real, scale = block.feed_forward.shared, block.feed_forward.config.route_scale
            block.feed_forward.shared = lambda x, *, few: real(x, few=few) * scale

    _weights(monkeypatch, change)


@mutation("v2", "v3")
def no_q_norm(monkeypatch: pytest.MonkeyPatch) -> None:
    real = F.rms_norm
    monkeypatch.setattr(F, "rms_norm", lambda x, shape, *rest: x if shape[-1] == 48 else real(x, shape, *rest))


def _route(monkeypatch: pytest.MonkeyPatch, change: Callable[..., Any]) -> None:
    monkeypatch.setattr(moe, "route", change)


def _routed_by(**changes: Any) -> Patch:
    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        _route(monkeypatch, lambda x, c, b, f=None: _right_route(x, dataclasses.replace(c, **changes), b, f))

    return patch


def _named(name: str, *shapes: str, **changes: Any) -> None:
    MUTATIONS[name] = (shapes or ALL, _routed_by(**changes))


_named("no_groups", "v2", "v3", groups=1)
_named("norm_topk_on", "v2-lite", "v2", normalise=True)
_named("norm_topk_off", "v3", normalise=False)
_named("no_route_scale", route_scale=1.0)


def _grouped(
    logits: torch.Tensor, c: Any, bias: Any, *, best: Callable[[torch.Tensor], torch.Tensor], fill: float
) -> Any:
    scores = logits.sigmoid() if c.gate == "noaux_tc" else logits.softmax(-1)
    members = (scores if bias is None else scores + bias).view(len(logits), c.groups, -1)
    kept = torch.zeros(len(logits), c.groups, dtype=torch.bool).scatter_(
        1, best(members).topk(c.top_groups).indices, True
    )
    chosen = members.masked_fill(~kept[..., None], fill).flatten(1).topk(c.chosen).indices
    weights = scores.gather(1, chosen)
    return (weights / weights.sum(-1, keepdim=True) if c.normalise else weights) * c.route_scale, chosen


def _top2(members: torch.Tensor) -> torch.Tensor:
    return members.topk(2, dim=-1).values.sum(-1)


@mutation("v2")
def group_top2(monkeypatch: pytest.MonkeyPatch) -> None:
    _route(monkeypatch, lambda x, c, b, f=None: _grouped(x, c, b, best=_top2, fill=float("-inf")))


@mutation("v3")
def group_max(monkeypatch: pytest.MonkeyPatch) -> None:
    _route(monkeypatch, lambda x, c, b, f=None: _grouped(x, c, b, best=lambda m: m.amax(-1), fill=float("-inf")))


@mutation("v3-negative")
def mask_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    _route(monkeypatch, lambda x, c, b, f=None: _grouped(x, c, b, best=_top2, fill=0.0))


@mutation("v3")
def softmax_for_sigmoid(monkeypatch: pytest.MonkeyPatch) -> None:
    # The logits whose sigmoid is the softmax.
    _route(monkeypatch, lambda x, c, b, f=None: _right_route(torch.logit(x.softmax(-1), eps=1e-7), c, b, f))


@mutation("v3")
def no_bias(monkeypatch: pytest.MonkeyPatch) -> None:
    _route(monkeypatch, lambda x, c, b, f=None: _right_route(x, c, None, f))


@mutation("v3")
def bias_on_logits(monkeypatch: pytest.MonkeyPatch) -> None:
    _route(monkeypatch, lambda x, c, b, f=None: _right_route(x + b, c, None, f))


@mutation("v3")
def weights_with_bias(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(x: torch.Tensor, c: Any, b: torch.Tensor, f: Any = None) -> Any:
        chosen = _right_route(x, c, b, f)[1]
        weights = (x.sigmoid() + b).gather(1, chosen)
        return weights / (weights.sum(-1, keepdim=True) + 1e-20) * c.route_scale, chosen

    _route(monkeypatch, wrong)


@mutation()
def cache_written_before_its_norm(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Cache.write
    monkeypatch.setattr(Cache, "write", lambda self, layer, at, rows: real(self, layer, at, rows * rows.norm() / rows.norm(dim=-1, keepdim=True)))  # fmt: skip


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Case]]:
    torch.set_num_threads(1)
    yield {shape: _case(shape, tmp_path_factory.mktemp("mutants")) for shape in toys.SHAPES}


@pytest.mark.parametrize(
    ("name", "shape"), [(name, shape) for name, (shapes, _) in MUTATIONS.items() for shape in shapes]
)
def test_every_known_mistake_fails_some_mode(
    cases: dict[str, Case], monkeypatch: pytest.MonkeyPatch, name: str, shape: str
) -> None:
    case = cases[shape]
    MUTATIONS[name][1](monkeypatch)
    model = case.load()
    errors = [toys.error(run(model, case.tokens), case.want) for run in (naive, decoded, chunked)]
    # math.nan compares as false, so that a mistake that breaks everything counts as found.
    assert not all(found <= LIMIT for found in errors)
    assert max(found for found in errors if not math.isnan(found)) > 1e-2 or any(map(math.isnan, errors))


def test_the_mutants_start_from_a_correct_engine(cases: dict[str, Case]) -> None:
    for case in cases.values():
        model = case.load()
        assert all(toys.error(run(model, case.tokens), case.want) <= LIMIT for run in (naive, decoded, chunked))


def test_route_is_looked_up_where_it_is_patched() -> None:
    assert moe.route is _right_route and mla.rotate is _right_rotate and model_module.F is F
