"""What one core can do at most for the encoders: matrix products alone, of their shapes and in their number format.

An encoder's rate times the arithmetic of its matrix products, over this, says how near the ceiling it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

_ROWS = 512  # tokens of a batch of the deep encoder
_ROUNDS = 15


def int8_gops(*, inputs: int, outputs: int, rows: int = _ROWS) -> float:
    """10⁹ operations a second of [rows, inputs] · [inputs, outputs] in onnxruntime, uint8 by int8, on one thread."""
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    rng = np.random.default_rng(0)
    weights = rng.integers(-127, 127, (inputs, outputs)).astype(np.int8)
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["x", "w", "x0", "w0"], ["y"])], "product",
        [helper.make_tensor_value_info("x", TensorProto.UINT8, [rows, inputs])],
        [helper.make_tensor_value_info("y", TensorProto.INT32, [rows, outputs])],
        [numpy_helper.from_array(weights, "w"), numpy_helper.from_array(np.array(128, np.uint8), "x0"),
         numpy_helper.from_array(np.array(0, np.int8), "w0")],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    given = {"x": rng.integers(0, 255, (rows, inputs)).astype(np.uint8)}
    return 2e-9 * rows * inputs * outputs / _quickest(lambda: session.run(None, given))


def float32_gflops(*, inputs: int, outputs: int, rows: int = _ROWS) -> float:
    """10⁹ operations a second of the same product in numpy's float32, on one thread."""
    from threadpoolctl import threadpool_limits

    rng = np.random.default_rng(0)
    x, w = rng.random((rows, inputs), np.float32), rng.random((inputs, outputs), np.float32)
    with threadpool_limits(1, user_api="blas"):
        return 2e-9 * rows * inputs * outputs / _quickest(lambda: x @ w)


def _quickest(call: Callable[[], object]) -> float:
    """Least CPU seconds of a call, after one that warms up; a busy machine only adds to them."""
    call()
    taken = []
    for _ in range(_ROUNDS):
        begin = time.process_time()
        for _ in range(4):
            call()
        taken.append((time.process_time() - begin) / 4)
    return min(taken)
