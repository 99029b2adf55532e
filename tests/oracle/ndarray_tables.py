"""The tables of `tests.oracle.ndarray_scenarios`."""

from __future__ import annotations

from collections.abc import Sequence

# --- what expressions give

EXPRESSIONS: dict[str, list[str]] = {
    "creation": [
        "nd.array([1, 2])", "nd.array(np.ones((2,), 'int64'))", "nd.array(nd.ones((2,), dtype='int64'))",
        "nd.array([1, 2], dtype='bool')", "nd.array('a')", "nd.array([[1], [2, 3]])", "nd.array(3.0)", "nd.array([])",
        "nd.array([[]])", "nd.array(range(3))", "nd.array((1, 2))", "nd.array([None])", "nd.array(True)",
        "nd.array([2**40], dtype='int64')", "nd.array([1e300], dtype='float64')", "nd.array(np.zeros((0, 3)))",
        "nd.array([300], dtype='uint8')", "nd.array([1], ctx=mx.cpu(1))", "nd.array([1], dtype='foo')",
        "nd.zeros((2, 3))", "nd.zeros(3)", "nd.zeros([3])", "nd.zeros((2,), 'cpu(0)', 'int32')", "nd.zeros(())",
        "nd.zeros((0, 3))", "nd.zeros((2, 0))", "nd.zeros((2,), ctx='foo')", "nd.zeros((2,), ctx='cpu(0,')",
        "nd.ones((2,), dtype='float16')", "nd.ones((2,), dtype='foo')", "nd.ones((-1,))", "nd.ones((2,), dtype=int)",
        "nd.empty((0,))", "nd.empty(3).shape", "nd.empty(()).shape", "nd.empty((2, 0, 3)).shape",
        "nd.full((2,), 7, dtype='int32')", "nd.full(2, 7)", "nd.full((2,), [1, 2])", "nd.full((2,), 2.7, dtype='int32')",
        "nd.arange(5)", "nd.arange(2, 5, 2)", "nd.arange(2, repeat=2)", "nd.arange(5, dtype='int32')",
        "nd.arange(5, 2)", "nd.arange(0)", "nd.arange(5, 2, -1)", "nd.arange(0.5, 2)", "nd.linspace(0, 1, 5)",
        "nd.linspace(0, 1, 4, endpoint=False, dtype='float64')", "nd.eye(2)", "nd.eye(2, 3, 1, dtype='int32')",
        "nd.full((2,), 7, ctx=mx.cpu(2))", "nd.full((2,), 1, out=nd.zeros((2,)))", "nd.ones((2,), out=nd.zeros((2,)))",
        "nd.eye(2, out=nd.zeros((2, 2)))", "nd.zeros((2,), mx.cpu(1), dtype='uint8')", "nd.array(i)", "nd.array(i, dtype='uint8')",
        "nd.array(x[0])", "nd.array(np.arange(3)[::-1])", "nd.array(np.float64(2))", "nd.empty((2,), stype='foo')",
        "nd.linspace(0, 1, 0)", "nd.linspace(5, 1, 3)", "nd.arange(0, 1, 0.3)", "nd.arange(3, ctx=mx.cpu(1))",
        "nd.zeros_like(i)", "nd.ones_like(m)", "nd.from_numpy(np.ones((2,), 'int64'))",
        "nd.from_numpy(np.ones((2, 3)).T)", "nd.from_dlpack(m.to_dlpack_for_read())",
        "nd.from_dlpack(nd.to_dlpack_for_read(i))", "nd.from_dlpack(nd.to_dlpack_for_write(m))",
    ],
    "joining_and_moving": [
        "nd.concatenate([nd.ones((1, 2)), nd.ones((2, 2))])", "nd.concatenate((nd.ones((1, 2)),))",
        "nd.concatenate([])", "nd.concatenate([nd.ones((1, 2)), nd.ones((1, 3))])",
        "nd.concatenate([nd.ones((1, 2)), nd.ones((1, 3))], axis=1)",
        "nd.concatenate([nd.ones((1, 2)), nd.ones((1, 2), dtype='int32')])", "nd.moveaxis(x, 0, -1)",
        "nd.moveaxis(x, 5, -1)", "nd.moveaxis(x, (0, 1), -1)", "nd.moveaxis(x, (0, 0), (1, 2))",
        "nd.moveaxis(x, (0, 1), (2, 0))", "nd.moveaxis(x, 0, 3)", "nd.histogram(a, bins=2, range=(0, 4))",
        "nd.histogram(a, bins=nd.array([0, 2, 4]))", "nd.histogram(a, bins='a')",
        "nd.onehot_encode(nd.array([1, 0]), nd.zeros((2, 3)))", "nd.split_v2(m, 1)", "nd.split_v2(m, (1, 2), axis=1)",
        "nd.split_v2(m, 3)", "nd.split_v2(m, 2, squeeze_axis=True)", "nd.split_v2(m, [1])", "m.split_v2(3, axis=1)",
        "nd.stack(a, a)", "nd.concat(a, a, dim=0)", "nd.add_n(a, a, a)",
    ],
    "arithmetic": [
        "a + a", "a - a", "a * a", "a / a", "a % nd.array([2, 3, -2])", "a ** nd.array([2, 3, 0.5])", "a + 1", "1 + a",
        "a - 1", "1 - a", "a * 2", "2 * a", "a / 2", "2 / a", "a % 2", "7 % a", "a ** 2", "2 ** a", "-a", "abs(a)",
        "-i", "abs(i)", "i / 2", "2 / i", "i * 2.5", "i + 2.7", "i - 2.7", "i % 2", "i ** 2", "2 ** nd.array([3])",
        "i + i", "i / i", "a + i", "i + a", "m + nd.ones((1, 3))", "m + nd.ones((3,))", "m + nd.ones((2,))",
        "m + nd.ones((2, 1))", "nd.array([5], dtype='uint8') - 7", "nd.array([200], dtype='uint8') + 100",
        "nd.array([True], dtype='bool') + 1", "nd.array([True], dtype='bool') + nd.array([True], dtype='bool')",
        "a + True", "a + np.int64(3)", "a + np.bool_(True)", "a + 1j", "a + None", "a + 'a'", "a + [1, 2, 3]",
        "a + np.ones(3)", "np.ones(3) + a", "np.ones(3) - a", "np.float32(3) * a", "np.float32(3) + i",
        "np.float64(3) - a", "np.int64(7) % a", "np.float32(2) ** a", "np.float32(2) / a", "a // 2", "a @ a", "+a",
        "~a", "divmod(a, 2)", "pow(a, 2)", "pow(a, 2, 3)", "round(a)", "nd.array(3.0) + 1", "nd.array([]) + 1",
        "nd.array([1e38]) * 100", "nd.array([2**40], dtype='int64') + 1", "nd.array([1], dtype='float64') / 3",
        "nd.ones((2,), dtype='float16') + 0.1", "a + inf", "i + 2**31", "a.__add__(1)", "a.__div__(2)",
        "a.__rdiv__(2)", "operator.truediv(a, 2)",
    ],
    "comparisons": [
        "a > 1", "1 < a", "a >= 1", "a < 1", "a <= 1", "a == 1", "a != 1", "1 == a", "i >= i", "i == 1.5", "a == None",
        "a == 'a'", "None == a", "a != None", "a == [1, 2]", "m > nd.array([1, 2, 3])", "a > i", "i > 1.5",
        "1.5 > i", "np.float32(1) < a", "np.float32(1) == a", "nd.array([nan]) == nan", "nd.array([nan]) > 1",
    ],
    "module_functions": [
        "nd.add(a, 1)", "nd.add(1, 2)", "nd.add([1], 2)", "nd.add(a, None)", "nd.add(2, None)", "nd.subtract(5, a)",
        "nd.multiply(a, a)", "nd.divide(i, 2)", "nd.divide(3, 2)", "nd.modulo(a, 2)", "nd.power(2, a)", "nd.power(base=a, exp=2)", "nd.add(lhs=a, rhs=1)",
        "nd.true_divide(a, 2)", "nd.maximum(2, 3)", "nd.maximum(a, 2)", "nd.maximum(2, a)", "nd.maximum(m, a)",
        "nd.minimum(2, 3)", "nd.minimum(a, 2)", "nd.minimum(2, a)", "nd.equal(1, 1)", "nd.not_equal(a, 1)",
        "nd.greater(3, a)", "nd.greater_equal(1, a)", "nd.lesser(1, a)", "nd.lesser_equal(1, a)",
        "nd.logical_and(a, 0)", "nd.logical_or(0, a)", "nd.logical_xor(True, False)", "nd.logical_and(2, 1)",
        "nd.logical_xor(a, a)", "nd.negative(a)", "nd.add(a, a, out=a)", "nd.contrib.isnan(nd.array([nan, 1, inf]))",
        "nd.contrib.isinf(nd.array([nan, 1, -inf]))", "nd.contrib.isfinite(nd.array([nan, 1, -inf]))",
        "[v.dtype for v in nd.contrib.rand_zipfian(nd.array([1]), 3, 10)]", "nd.waitall()",
    ],
    "calls": [
        "nd.relu(a)", "nd.relu(data=a)", "nd.relu(a, name='r')", "nd.relu(a, data=a)", "nd.relu(3)", "nd.relu()",
        "nd.relu([1])", "nd.relu(a, out=nd.zeros((3,), dtype='float64'))", "nd.relu(a, out=nd.zeros((2,)))",
        "nd.relu(a, out=3)", "nd.relu(a, out=[a, a])", "nd.sum(a, out=nd.zeros((3,)))", "nd.relu(a, foo=1)",
        "nd.argmax(m, axis=1, out=nd.zeros((2,), dtype='int32'))", "nd.cast(a, dtype='int32', out=nd.zeros((3,)))",
        "nd.zeros((2,), out=nd.zeros((2,), dtype='float64'))", "nd.split(m, num_outputs=3, out=a)",
        "nd.FullyConnected(a, foo=3)", "nd.FullyConnected(a, num_hidden='x')", "nd.FullyConnected(a)",
        "nd.FullyConnected(m, nd.ones((2, 3)), num_hidden=2)", "nd.FullyConnected(m, nd.ones((2, 3)), None, 2, True)",
        "nd.FullyConnected(m, nd.ones((2, 4)), None, 2, True)", "nd.Activation(a, 'foo')", "nd.Activation(a, 'relu')",
        "nd.clip(a, 0, 1)", "nd.clip(a, 0)", "nd.clip(a, a_min=0, a_max=a)", "nd.concat(a, 3)", "nd.concat()",
        "nd.concat([a, a])", "nd.concat(*[a, a], dim=0)", "nd.concat(a, a, dim=5)", "nd.broadcast_add(a, 3)",
        "nd.broadcast_add(lhs=a, rhs=a)", "nd.one_hot(nd.array([1]), 3)", "nd.topk(m, k=2, ret_typ='both')",
        "nd.nope", "nd.transpose(m, (1, 0))", "nd.reshape(m, (3, -1))", "nd.sum(m, 1)", "nd.mean(m, axis=(0, 1))",
        "nd.sum(m, 5)", "nd.sum(m, axis=0, keepdims=True)", "nd.BatchNorm(m, a, a, a)",
        "nd.BatchNorm(m, *[nd.ones((3,))] * 4)", "nd.BatchNorm(m, *[nd.ones((3,))] * 4, output_mean_var=True)",
        "nd.LayerNorm(m, nd.ones((3,)), nd.ones((3,)))", "nd.LayerNorm(m, nd.ones((2,)), nd.ones((2,)))",
        "nd.split(m, num_outputs=1)", "nd.split(m, num_outputs=3)", "nd.SliceChannel(nd.ones((2, 1)), num_outputs=1)",
        "nd.moments(m, axes=(0,))", "nd.pick(m, nd.array([5, 5]))", "nd.slice(m, begin=(None, 1), end=(None, None))",
        "nd.Dropout(a)", "nd.SoftmaxOutput(m)", "nd.Custom(a, op_type='nope')", "nd.max(nd.array([]))",
        "nd.shape_array(m)", "nd.norm(m)", "nd.dot(a, a)", "nd.argmax(m)", "nd.softmax(m, axis=0)",
        "nd.linalg.gemm2(m, m, transpose_b=True)", "nd.image.to_tensor(nd.ones((2, 3, 1), dtype='uint8'))",
        "nd._internal._plus_scalar(a, 2)", "nd._internal._plus_scalar(a, scalar=2)", "nd.op.relu(a)",
        "nd._internal._zeros(shape=(2,))", "nd.sparse.relu(a)", "nd.sparse.zeros('default', (2,))",
        "nd.take(m, nd.array([5]))", "nd.gather_nd(m, nd.array([[1], [2]]))", "nd.Embedding(nd.array([1]), m, 2, 3)",
        "nd.elemwise_add(m, nd.ones((1, 3)))", "nd.identity(a)", "nd.BlockGrad(a)", "nd.cast(a, 'float16')",
        "nd.where(a > 0, a, -a)", "nd.squeeze(nd.ones((1, 2, 1)))", "nd.swapaxes(m, 0, 1)", "nd.tile(a, (2,))",
        "nd.take(m, nd.array([5]), mode='raise')", "nd.take(m, nd.array([-1]), mode='raise')",
        "nd.take(m, nd.array([1]), mode='raise')", "nd.gather_nd(m, nd.array([[5]]))",
        "nd.gather_nd(m, nd.array([[-3]]))", "nd.gather_nd(m, nd.array([[0], [3]]))",
        "nd.gather_nd(m, nd.array([[-1]]))", "nd.contrib.boolean_mask(m, nd.array([0, 1]))",
        "nd.contrib.boolean_mask(m, nd.array([0, 0]))", "nd.contrib.boolean_mask(a, nd.array([2, 0, -1]))",
        "nd.contrib.boolean_mask(m, nd.array([0, 1, 1]))", "nd.contrib.boolean_mask(m, nd.ones((2, 1)))",
        "nd.contrib.boolean_mask(m, nd.array([1, 0, 1]), axis=1)", "nd.sparse.add(a, a)",
        "nd.random.uniform(0, nd.array([1]))", "nd.random.uniform(nd.array([1]), 2)", "nd.random.uniform('a')",
        "nd.random.uniform(shape=(2,), dtype='int32')", "nd.random.uniform(1, 0)", "nd.random.randn()",
        "nd.random.uniform(foo=1)", "nd.uniform()",
    ],
    "random_shapes": [
        f"(nd.{expression}).{part}"
        for expression in (
            "random.uniform()", "random.uniform(shape=(2, 3))", "random.uniform(shape=2, dtype='float16')",
            "random.uniform(out=nd.zeros((2, 2), dtype='float64'))", "random.normal(nd.array([1, 2]), a[1:], shape=3)",
            "random.randn(2, 3)", "random.randint(0, 3, shape=(2,), dtype='int64')", "random.randint(0, 3)",
            "random.exponential(nd.array([1, 2]))", "random.multinomial(nd.array([[0, 1], [1, 0]]), shape=2)",
            "random.normal_like(m)", "random.shuffle(m)", "random.poisson(4, shape=2)", "normal(shape=2)",
            "random_uniform(shape=(2,))", "random.gamma(9, 0.5, shape=(2,))", "random.multinomial(nd.array([0, 1]))",
        )
        for part in ("shape", "dtype")
    ] + ["nd.random.multinomial(nd.array([0, 1]), get_prob=True)", "nd.random.multinomial(nd.array([[0, 1], [1, 0]]))"],
    "values": [
        "bool(nd.array([]))", "bool(a)", "bool(nd.array([[0]]))", "bool(nd.array([2]))", "int(nd.array([3.7]))",
        "float(nd.array([3.7]))", "len(nd.array(3.0))", "len(x)", "list(a)", "[v for v in m]", "1 in a", "9 in a",
        "1 in nd.array([1])", "hash(a) == id(a) // 16", "operator.index(nd.array([3], dtype='int32'))",
        "a.asscalar()", "nd.array([3]).asscalar()", "nd.array([[3]]).asscalar()", "nd.array(3).asscalar()",
        "type(nd.array([3]).asscalar())", "a.asnumpy()", "x.shape", "x.size", "x.ndim", "x.dtype", "x.stype",
        "x.context", "x.ctx", "x.writable", "x.T", "a.T is a", "m.T", "x.wait_to_read()", "repr(m)", "str(a)",
        "str(nd.array(3.0))", "repr(nd.empty((0, 2)))", "repr(nd.ones((2,), dtype='float16'))",
        "repr(nd.ones((2,), ctx=mx.cpu(1)))", "repr(x > 3)", "pickle.loads(pickle.dumps(i))", "copy.deepcopy(m)",
        "copy.copy(m)", "'handle' in a.__getstate__()", "a.as_nd_ndarray() is a", "min(nd.array([2]), nd.array([1]))",
        "sum([a, a])", "{a: 1}[a]", "a.grad", "nd.array([1], mx.cpu(0)).context == mx.cpu(0)",
    ],
    "methods": [
        "a.astype('int32')", "a.astype(int)", "a.astype(np.float16)", "a.astype('foo')", "x.astype('float32') is x",
        "a.astype('float32', copy=False) is a", "nd.array([2.7, -2.7, 300, -1]).astype('uint8')",
        "nd.array([2.7, -2.7, 300, -1]).astype('int8')", "nd.array([0, 2]).astype('bool')", "a.copyto(nd.ones((2,)))",
        "a.copyto(i)", "a.copyto(3)", "a.copyto(mx.cpu(1))", "a.as_in_context(a.context) is a",
        "a.as_in_context('cpu(0)')", "a.as_in_context(mx.cpu(2))", "a.tostype('default')", "x.tostype('csr')",
        "a.tostype('foo')", "a.detach()", "a.expand_dims(0)", "a.expand_dims(5)", "a.expand_dims(5, inplace=True)",
        "a.expand_dims(-1, inplace=True)", "m.squeeze(0)", "m.squeeze(0, inplace=True)", "nd.ones((1, 1)).squeeze()",
        "nd.ones((1, 1)).squeeze(inplace=True)", "nd.ones((1, 2, 1)).squeeze((0, -1), inplace=True)",
        "nd.ones((1, 2)).squeeze((0, 0), inplace=True)", "x.flatten()", "x.flatten(inplace=True)",
        "m.broadcast_to((2, 2, 3))", "m.broadcast_to((3,))", "m.broadcast_to((4, 3))", "a.broadcast_like(m)",
        "nd.ones((2, 1)).broadcast_axes(axis=1, size=2)", "m.sum()", "m.sum(axis=1)", "m.mean(0)", "m.max(axis=1)",
        "m.min()", "m.prod()", "m.nansum()", "m.nanprod()", "m.norm()", "m.argmax(axis=1)", "m.argmin(axis=1)",
        "m.argmax_channel()", "m.argsort()", "m.sort(is_ascend=False)", "m.topk(k=1)", "m.transpose()",
        "m.swapaxes(0, 1)", "m.flip(axis=1)", "m.tile((1, 2))", "m.repeat(2, axis=0)", "m.diag()", "m.diag(1)",
        "m.take(nd.array([1]))", "m.pick(nd.array([0, 2]))", "nd.array([1]).one_hot(3)", "m.clip(1, 3)", "a.abs()",
        "a.sign()", "a.square()", "a.sqrt()", "a.cbrt()", "a.rsqrt()", "a.rcbrt()", "a.reciprocal()", "a.exp()",
        "a.expm1()", "nd.array([1, 2]).log()", "nd.array([1, 2]).log2()", "nd.array([1, 2]).log10()", "a.log1p()",
        "a.sin()", "a.cos()", "a.tan()", "nd.array([0.5]).arcsin()", "nd.array([0.5]).arccos()", "a.arctan()",
        "a.sinh()", "a.cosh()", "a.tanh()", "a.arcsinh()", "nd.array([2]).arccosh()", "nd.array([0.5]).arctanh()",
        "a.degrees()", "a.radians()", "(a / 2).round()", "(a / 2).rint()", "(a / 2).fix()", "(a / 2).floor()",
        "(a / 2).ceil()", "(a / 2).trunc()", "a.relu()", "a.sigmoid()", "a.softmax()", "a.log_softmax()",
        "a.softmin()", "m.slice((0, 1), (2, 3))", "m.slice_axis(axis=1, begin=1, end=None)",
        "m.slice_like(nd.ones((1, 2)))", "m.split(num_outputs=3)", "m.shape_array()", "m.size_array()",
        "m.reshape_like(nd.ones((3, 2)))", "m.zeros_like()", "i.ones_like()",
        "nd.ones((1, 1, 2, 2)).pad(mode='constant', pad_width=(0, 0, 0, 0, 1, 0, 0, 1), constant_value=5)",
        "nd.ones((1, 4, 1, 1)).depth_to_space(2)", "nd.ones((1, 1, 2, 2)).space_to_depth(2)",
        "m.slice_assign_scalar(9, (0,), (1,), (None,))", "m.slice_assign(nd.ones((1, 3)), (0,), (1,), (None,))",
        "m.sum(axis=7)", "m.nope()", "m.sum(foo=1)",
    ],
    "reshape": [
        f"x.reshape({arguments})"
        for arguments in (
            "5", "(5, -1)", "", "shape=(6, 4)", "6, 4", "[6, 4]", "0, -1", "-3, 0", "-4, 2, -1, -2", "-2", "-1, -1",
            "()", "24.0", "(4, 3, 2, -1)", "4, 7", "48", "12", "(6, 4), foo=1", "(-1, 0), reverse=True",
            "-1", "(-1,)", "shape=-1", "(0, 0, -1)", "(0, 0, 0, 0)", "(-3, -1)", "(-4, 3, 2, 0, 0)", "(-5,)",
        )
    ] + ["nd.array([1]).reshape(())", "nd.array(1).reshape((1, 1))", "x.reshape(np.int64(24))"],
    "indexing": [
        f"x[{key}]"
        for key in (
            "0", "3", "-1", "-4", "4", "-5", "0, 1", "0, 1, 1", "0, 5", "0, -4", "0, 0, 0, 0", "5:7", "1:1", "1:3",
            ":2", ":", "::2", "::-1", "3:0:-2", "::0", "-2:", ":-2", "4:", "3:2", ":, 1", ":, 1:", ":, ::-1", ":, 1:1",
            ":, 5:7", "1:1, :", "3:2, :", "..., 1", "..., 0, :", "..., ...", "None", ":, None", "..., None",
            "0, None", "0, 0, 0, None", "None, None, 0", "1, None, 1:, 0", "()", "True", "1.5", "'a'", "[0, 1]",
            "[-1]", "[5]", "[[0, 1], [1, 0]]", "[0, 2], [1, 1]", "[0, 1], [0, 1, 2]", "[[0], [1]], [0, 1]",
            "nd.array([0, 1])", "nd.array([-1])", "nd.array([[0, 1], [1, 0]]), 0", "[0.7, 1.2]", "nd.array([0.7, 1.2])",
            "[True, False]", "np.array([True, False])", "nd.array([1, 0]).astype('bool')",
            "nd.array([1, 0, 0, 0]).astype('bool')", "range(1)", "(0, 1),",
            "np.int64(1)", "np.int32(1)", "np.int8(1)", "np.uint8(1)", "np.float32(1)", "np.bool_(True)", "0:2, [0, 1], 1", "[0, 1], :, [0, 1]", "[0, 1], None, :, [0, 1]", "[0, 1], None", "None, [0, 1], None", ":, [0, 1], None, [0, 1]", "[[0, 1]], None, :, None", "[0, 1], 0, None",
            "None, [0, 1]", "0, [0, 1]", "0, :, [0, 1]", "..., [0, 1]", "[0, 1], ..., 0", "[]", "(),",
            "np.array([], dtype='int32')", "slice(None), 0", "slice(1, 3)", "1:3, 0, 1", "::2, ::2", "1::2, 1:2, ::-1",
        )
    ] + [
        "x[0][0]", "x[0][0][0]", "x[0][0][0][0]", "x[1:3][1]", "x.reshape(-1)[5:7]", "x.T[0]", "a[nd.array([2, 0])]",
        "nd.array(3.0)[()]", "nd.array(3.0)[:]", "nd.array(3.0)[0]", "a[1]", "a[[0, 2]]", "x[i[0:1]]", "i[1:]",
    ],
}  # fmt: skip

# --- what statements leave in `x`, of a shape and a dtype

_WHOLE, _ROW, _ONE = (4, 3, 2), (1, 3), (4,)

ASSIGNMENTS: dict[str, Sequence[tuple[str, tuple[int, ...], str]]] = {
    "assignment": [
        (statement, _WHOLE, "float32")
        for statement in (
            "x[0] = 5", "x[0] = [1, 2]", "x[0] = nd.array([1, 2])", "x[0] = np.ones((3, 1))", "x[0] = np.ones((1, 3, 2))",
            "x[0] = np.ones((1, 1, 3, 2))", "x[0] = nd.ones((1, 1, 3, 2))", "x[0] = np.ones((2, 3))",
            "x[0] = nd.ones((2, 3))", "x[:] = np.ones((2, 3))", "x[:] = nd.ones((3,))", "x[:] = [1, 2]", "x[:] = 'a'",
            "x[0] = 'a'", "x[:] = None", "x[0, 1] = 7", "x[0, 1, 1] = 7", "x[0, 1, 1] = [7]", "x[0, 1, 1] = [7, 8]",
            "x[::2] = 0", "x[::-1] = nd.arange(4).reshape((4, 1, 1))", "x[:, 1] = 0", "x[:, 1] = [5, 6]",
            "x[1:3, 0] = nd.ones((2, 2))", "x[[0, 2]] = 9", "x[[0, 2], [1, 1]] = nd.array([1, 2])",
            "x[nd.array([0, 2])] = np.zeros((3, 2))", "x[7] = 1", "x[-5] = 1", "x[0, 5] = 1", "x[1.5] = 1",
            "x[0, 0, 0, 0] = 1", "x[None, 0] = 3", "x[:, None, 0] = nd.ones((4, 1, 2))",
            "x[:, None, 0] = nd.ones((4, 2))", "x[[0, 1], None] = nd.ones((2, 1, 3, 2))", "x[[0, 1], None] = nd.ones((3, 2))",
            "x[None, [0, 1]] = nd.ones((1, 2, 3, 2))", "x[None, :, 0, None] = nd.ones((1, 4, 1, 2))",
            "x[None, 0] = nd.ones((1, 3, 2))", "x[0, None] = nd.ones((3, 2))", "x[:] = [300]", "x[...] = 1", "x[..., 0] = 1", "x[True] = 4",
            "x[nd.array([1, 0, 0, 0]).astype('bool')] = 4", "x[()] = 3", "x[1:1] = 3",
            "x[[0, 2], ..., 1] = [[1, 2, 3], [4, 5, 6]]", "x[0:2, [0, 1], 1] = 0",
            "x[[0, 1], :, [0, 1]] = np.arange(6).reshape(2, 3)", "x[0] += 1", "x[1:3] *= 2", "x[:, 1] += 1",
            "x[[0]] += 5", "y = x[0]; y += 1", "y = x.reshape(-1); y[3:5] = 0", "y = x[0]; y[1] = 0; y[1][0] = 55",
            "x[:] = True", "x[:] = 2.7", "x[0] = np.float64(2.5)", "x[:] = nd.array([1, 2], dtype='int32')",
            "x[:] = x", "x[0] = x[1]", "x = x.T; x[0] = 0", "x[3:2] = 5", "x[2:0:-1] = 5",
            "x[2:0:-1] = nd.array([1, 2]).reshape((2, 1, 1))", "x[-1] = 0", "x[-2:] = 0", "x[np.int8(1)] = 0",
            "x[0:1] = nd.ones((3, 2))", "x[:, :, 0:1] = nd.ones((4, 3))", "x[:, :, 0] = nd.ones((4, 3, 1))",
            "x[:, :, 0:1] = nd.ones((3, 1))", "x[range(2)] = 0", "x[0] = np.float32(3)", "x[0] = True", "x[1] = 2**31",
            "x += 1", "x -= nd.ones((3, 2))", "x *= 2", "x /= 2", "x %= 5", "x **= 2", "x += nd.ones((5,))",
            "x += np.ones(3)", "x += 'a'", "x += nd.ones((2, 4, 3, 2))", "y = x; y += 1", "y = x.detach(); y += 1",
            "y = x.copy(); y += 1", "y = x[1:3]; y[0] = y[1]", "y = x[1:3].reshape((6, 2)); y[5] = -1",
            "y = x.reshape((2, 12))[1].reshape((3, 4)); y *= 0", "x[0][:] = x[3]", "x[1:3][:, 1] = 9",
            "nd.relu(x - 5, out=x)", "nd.exp(x[1] * 0, out=x[0])", "x[0].copyto(x[1])", "x.slice_assign_scalar(1, (0,), (2,), (1,))",
            "x[0:2][:] = nd.ones((2, 3, 2))", "x[0][1][:] = [5, 6]", "x.expand_dims(0, inplace=True)[0, 1] = 3",
            "x[..., 1:] = nd.zeros((4, 3, 1))", "x[1, ..., 0] = [7, 8, 9]", "x[0, :, ::-1] = [1, 2]",
        )
    ],
    "assignment_of_integers": [
        (statement, _WHOLE, "int32")
        for statement in (
            "x[:] = 2.7", "x[0] = 2.7", "x[0] = -2.7", "x[:] = nd.array([2.7, -2.7])", "x[0] = np.array([2.7, -2.7])",
            "x[0] += 1.9", "x[0] /= 2", "x[[0]] = 1.5", "x[:, 0] = -1.5", "x += nd.ones((2,))",
        )
    ] + [
        ("x[:] = 300", _ONE, "uint8"), ("x[:] = -1", _ONE, "uint8"), ("x[0] = 300", _ONE, "uint8"),
        ("x[1] = 2**40", _ONE, "int64"),
    ],
    "assignment_of_small_arrays": [
        ("x[0] = 1", _ROW, "float32"), ("x[0] = np.ones(3)", _ROW, "float32"), ("x[0] = [1, 2, 3]", _ROW, "float32"),
        ("x[0] = nd.ones((1, 3))", _ROW, "float32"), ("x[:] = np.ones((1, 1, 3))", _ROW, "float32"),
        ("x[0] = 1", (1,), "float32"), ("x[0] = nd.ones((1,))", (1,), "float32"), ("x[0] = [3]", (1,), "float32"),
        ("x[0] = np.array(3)", _ONE, "float32"), ("x[0] = nd.array(3)", _ONE, "float32"),
        ("x[1] = nd.array([3])", _ONE, "float32"), ("x[1:3] = [8, 9]", _ONE, "float32"),
        ("x[::2] = [8, 9]", _ONE, "float32"), ("x[1:3] = [7, 8, 9]", _ONE, "float32"),
        ("x[[1, 1]] = [7, 7]", _ONE, "float32"), ("x[0] = 1e-3", _ONE, "float64"), ("x[0] = 0.1", _ONE, "float16"),
    ],
}  # fmt: skip

# --- what shares the memory of `x`

SHARING = """
    x[0]; x[-1]; x[1:3]; x[:2]; x[:]; x[...]; x[0:4:2]; x[::-1]; x[:, 1]; x[0, 1]; x[0, 1, 1]; x[0, :, 1]; x[0, 1:2];
    x[0, 1:3]; x[1:2, 1:3]; x[1:3, 1:2]; x[1:3, :]; x[None]; x[:, None]; x[..., 1]; x[0:1, ..., 1]; x[[0]]; x[[0],];
    x[nd.array([0])]; x.reshape(-1); x.reshape((6, 4)); x.reshape((0, -1)); x.T; x.flatten(); x.flatten(inplace=True);
    x.expand_dims(0); x.expand_dims(0, inplace=True); x.squeeze(); x.squeeze(inplace=True); x.transpose((1, 0, 2));
    x.astype('float32'); x.astype('float32', copy=False); x.copy(); x.detach(); x.as_in_context(x.ctx);
    x.slice((0, 0, 0), (1, 3, 2)); x.slice_axis(axis=0, begin=0, end=1); x.split(num_outputs=4, axis=0)[0];
    x.tostype('default'); x.as_nd_ndarray(); x.broadcast_to((4, 3, 2)); x.broadcast_like(x); nd.array(x);
    nd.reshape(x, (-1,)); nd.identity(x); nd.stop_gradient(x); x[()]; x[0][0]; x[0][1:3]; x.reshape(-1)[3:5];
    x[1:3].reshape(-1); x[1][None]; x[0:1, 0:1, 0:1]; x[1:1]; x[0:1, :, :1]; x[2:3, :1, :]; list(x)[1];
    x.swapaxes(0, 1); x.reshape_like(nd.zeros((6, 4))); nd.concatenate([x]);
    nd.concatenate([x], always_copy=False); nd.moveaxis(x, 0, 0); x.slice_like(x); x.take(nd.array([0]))
"""
SHARING = [expression.strip() for expression in SHARING.replace("\n", " ").split(";")]
