"""``mx.test_utils``: what tests of MXNet code use, so that they can be carried over.

Sparse arrays, downloads of data sets and statistics of random generators are left out.
"""

from gluax.context import set_default_context
from gluax.test_utils.checking import (
    check_numeric_gradient,
    check_symbolic_backward,
    check_symbolic_forward,
    numeric_grad,
    simple_forward,
)
from gluax.test_utils.comparing import (
    almost_equal,
    assert_allclose,
    assert_almost_equal,
    assert_almost_equal_ignore_nan,
    assert_almost_equal_with_err,
    compare_ndarray_tuple,
    default_atols,
    default_numeric_eps,
    default_rtols,
    get_atol,
    get_etol,
    get_rtol,
    get_tolerance,
    get_tols,
    same,
    same_array,
    same_symbol_structure,
)
from gluax.test_utils.consistency import check_consistency
from gluax.test_utils.data import (
    collapse_sum_like,
    default_context,
    default_dtype,
    np_reduce,
    rand_coord_2d,
    rand_ndarray,
    rand_shape_2d,
    rand_shape_3d,
    rand_shape_nd,
    random_arrays,
    random_sample,
    random_uniform_arrays,
)
from gluax.test_utils.running import assert_exception, discard_stderr, environment, list_gpus, retry

__all__ = [
    "almost_equal", "assert_allclose", "assert_almost_equal", "assert_almost_equal_ignore_nan",
    "assert_almost_equal_with_err", "assert_exception", "check_consistency", "check_numeric_gradient",
    "check_symbolic_backward", "check_symbolic_forward", "collapse_sum_like", "compare_ndarray_tuple",
    "default_atols", "default_context", "default_dtype", "default_numeric_eps", "default_rtols", "discard_stderr",
    "environment", "get_atol", "get_etol", "get_rtol", "get_tolerance", "get_tols", "list_gpus", "np_reduce",
    "numeric_grad", "rand_coord_2d", "rand_ndarray", "rand_shape_2d", "rand_shape_3d", "rand_shape_nd",
    "random_arrays", "random_sample", "random_uniform_arrays", "retry", "same", "same_array", "same_symbol_structure",
    "set_default_context", "simple_forward",
]  # fmt: skip
