"""``mx.test_utils``: what tests of MXNet code use, so that they can be carried over.

What makes sparse arrays, and what downloads other data sets than MNIST, is left out.
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
    checkShapes,
    compare_ndarray_tuple,
    default_atols,
    default_numeric_eps,
    default_rtols,
    effective_dtype,
    get_atol,
    get_etol,
    get_rtol,
    get_tolerance,
    get_tols,
    locationError,
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
from gluax.test_utils.matrices import (
    assign_each,
    assign_each2,
    create_2d_tensor,
    create_vector,
    get_identity_mat,
    get_identity_mat_batch,
    new_matrix_with_real_eigvals_2d,
    new_matrix_with_real_eigvals_nd,
    new_orthonormal_matrix_2d,
    new_sym_matrix_with_real_eigvals_2d,
    new_sym_matrix_with_real_eigvals_nd,
)
from gluax.test_utils.mnist import download, get_mnist, get_mnist_iterator, get_mnist_ubyte
from gluax.test_utils.optimizers import compare_optimizer
from gluax.test_utils.running import (
    assert_exception,
    discard_stderr,
    environment,
    has_tvm_ops,
    is_aarch64_run,
    is_cd_run,
    is_op_runnable,
    list_gpus,
    retry,
)
from gluax.test_utils.speed import DummyIter, check_speed
from gluax.test_utils.statistics import (
    chi_square_check,
    gen_buckets_probs_with_ppf,
    mean_check,
    var_check,
    verify_generator,
)

__all__ = [
    "DummyIter", "almost_equal", "assert_allclose", "assert_almost_equal", "assert_almost_equal_ignore_nan",
    "assert_almost_equal_with_err", "assert_exception", "assign_each", "assign_each2", "checkShapes",
    "check_consistency", "check_numeric_gradient", "check_speed", "check_symbolic_backward", "check_symbolic_forward",
    "chi_square_check", "collapse_sum_like", "compare_ndarray_tuple", "compare_optimizer", "create_2d_tensor",
    "create_vector", "default_atols", "default_context", "default_dtype", "default_numeric_eps", "default_rtols",
    "discard_stderr", "download", "effective_dtype", "environment", "gen_buckets_probs_with_ppf", "get_atol",
    "get_etol", "get_identity_mat", "get_identity_mat_batch", "get_mnist", "get_mnist_iterator", "get_mnist_ubyte",
    "get_rtol", "get_tolerance", "get_tols", "has_tvm_ops", "is_aarch64_run", "is_cd_run", "is_op_runnable",
    "list_gpus", "locationError", "mean_check", "new_matrix_with_real_eigvals_2d", "new_matrix_with_real_eigvals_nd",
    "new_orthonormal_matrix_2d", "new_sym_matrix_with_real_eigvals_2d", "new_sym_matrix_with_real_eigvals_nd",
    "np_reduce", "numeric_grad", "rand_coord_2d", "rand_ndarray", "rand_shape_2d", "rand_shape_3d", "rand_shape_nd",
    "random_arrays", "random_sample", "random_uniform_arrays", "retry", "same", "same_array", "same_symbol_structure",
    "set_default_context", "simple_forward", "var_check", "verify_generator",
]  # fmt: skip
