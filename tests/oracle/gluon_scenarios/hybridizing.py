"""hybridize: flags, caches and when they are dropped, optimize_for."""

from __future__ import annotations

from tests.oracle.gluon_scenarios import counted, custom, dense_net, ones, plain, ready, scenario, values
from tests.oracle.scenarios import raised


@scenario
def flags_are_accepted(mx):
    found = []
    for flags in ({}, {"active": False}, {"static_alloc": True}, {"static_alloc": True, "static_shape": True},
                  {"inline_limit": 5}, {"forward_bulk_size": 3}, {"backward_bulk_size": 3}, {"clear": False},
                  {"backend": None}, {"backend_opts": None}, {"static_shape": True}, {"nonsense": 1}):  # fmt: skip
        net = ready(dense_net(mx, 1))
        error = raised(lambda net=net, flags=flags: net.hybridize(**flags))
        error_called = raised(lambda net=net: net(ones(mx, 1, 2)))
        found.append([sorted(flags), error, error_called])
    return found


@scenario
def bad_backend_options(mx):
    net = ready(dense_net(mx, 1))
    return [raised(lambda: net.hybridize(backend=3)), raised(lambda: net.hybridize(backend="x", backend_opts=3))]


@scenario
def same_results_in_every_mode(mx):
    net = ready(dense_net(mx, 2, 1, dense_activation="relu"))
    x = mx.nd.array([[1, -2, 3]])
    found = [values(net(x))]
    for flags in ({}, {"static_alloc": True}, {"static_alloc": True, "static_shape": True}, {"active": False}):
        net.hybridize(**flags)
        found.append(values(net(x)))
    return found


@scenario
def other_shapes_and_dtypes(mx):
    net = custom(mx, lambda self, F, x: F.relu(x) + 1)
    net.hybridize(static_alloc=True)
    return [values(net(ones(mx, *shape, dtype=dtype)))
            for shape in ((2,), (1, 3), (2,)) for dtype in ("float32", "float64", "int32")]  # fmt: skip


@scenario
def hybrid_forward_is_traced_once(mx):
    calls = []
    net = custom(mx, lambda self, F, x: (calls.append(F.__name__.split(".")[-1]), x + 1)[1])
    net(ones(mx, 1))
    net(ones(mx, 1))
    net.hybridize()
    net(ones(mx, 1))
    net(ones(mx, 2))
    net.hybridize()
    net(ones(mx, 1))
    net.hybridize(active=False)
    net(ones(mx, 1))
    return calls


@scenario
def adding_a_child_drops_the_cache(mx):
    net = ready(dense_net(mx, 2, dense_in_units=2))
    net.hybridize()
    before = values(net(ones(mx, 1, 2)))
    with net.name_scope():
        net.add(mx.gluon.nn.Dense(1, in_units=2))
    net[1].initialize("ones")
    return [before, values(net(ones(mx, 1, 2)))]


@scenario
def replacing_a_child_drops_the_cache(mx):
    net = ready(custom(mx, lambda self, F, x: self.a(x), lambda self: setattr(self, "a", mx.gluon.nn.Dense(1))))
    net.hybridize()
    before = values(net(ones(mx, 1, 2)))
    net.a = ready(mx.gluon.nn.Dense(3))
    return [before, values(net(ones(mx, 1, 2)))]


@scenario
def plain_attributes_keep_the_cache(mx):
    net = custom(mx, lambda self, F, x: x * self.factor, lambda self: setattr(self, "factor", 2))
    net.hybridize()
    before = values(net(ones(mx, 1)))
    net.factor = 5
    stale = values(net(ones(mx, 1)))
    net.hybridize()
    return [before, stale, values(net(ones(mx, 1)))]


@scenario
def child_cache_inside_a_hybridized_parent(mx):
    net = ready(dense_net(mx, 2, 1))
    net.hybridize()
    net(ones(mx, 1, 2))
    net[0].hybridize(active=False)
    return [values(net(ones(mx, 1, 2))), net._active, net[0]._active, net[1]._active]


@scenario
def hybridize_children_of_plain_blocks(mx):
    net = plain(mx, lambda self, x: self.b(self.a(x)), lambda self: (
        setattr(self, "a", mx.gluon.nn.Dense(2)), setattr(self, "b", mx.gluon.nn.Dense(1))))  # fmt: skip
    ready(net).hybridize()
    return [values(net(ones(mx, 1, 2))), net.a._active, net.b._active]


@scenario
def cast_drops_the_cache(mx):
    net = ready(
        custom(mx, lambda self, F, x: self.a(x), lambda self: setattr(self, "a", mx.gluon.nn.Dense(1, in_units=2)))
    )
    net.hybridize()
    before = values(net(ones(mx, 1, 2)))
    net.cast("float64")
    return [before, values(net(ones(mx, 1, 2, dtype="float64")))]


@scenario
def argument_structure_must_stay(mx):
    def call(first, second):
        net = custom(
            mx, lambda self, F, x, y=None: x + 1 if y is None else x + (y[0] if isinstance(y, (list, tuple)) else y)
        )
        net.hybridize()
        counted(lambda: net(*first))
        return raised(lambda: counted(lambda: net(*second)))

    a = ones(mx, 2)
    return [call((a,), (a, a)), call((a, a), (a,)), call((a, None), (a,)), call((a,), (a, None)), call((a, a), (a, None)),
            call((a, None), (a, a)), call((a, [a, a]), (a, a)), call((a, [a, a]), (a, [a])), call((a, a), (a, [a]))]  # fmt: skip


@scenario
def wrong_arguments(mx):
    net = custom(mx, lambda self, F, x, y=None: x + 1)
    a = ones(mx, 2)
    eager = [raised(lambda args=args: net(*args)) for args in
             ((3,), (None,), ([],), (a, 3), (a, "text"), (a, mx.sym.var("s")), (mx.sym.var("s"), a), ())]  # fmt: skip
    hybrid = []
    for args in ((3,), (None,), ([],), (a, 3), (a, "text"), (a, mx.sym.var("s")), (mx.sym.var("s"), a), ()):
        net.hybridize()
        hybrid.append(raised(lambda args=args: net(*args)))
    return [eager, hybrid]


@scenario
def all_none_or_scalars(mx):
    net = custom(mx, lambda self, F, x, y: 1)
    return [raised(lambda: net(None, None)), raised(lambda: net(1, 2)), raised(lambda: net([], [1]))]


@scenario
def two_contexts(mx):
    net = custom(mx, lambda self, F, x, y: x)
    a, b = ones(mx, 1), ones(mx, 1, ctx=mx.cpu(1))
    eager = raised(lambda: net(a, b))
    net.hybridize()
    return [eager, raised(lambda: net(a, b))]


@scenario
def scalars_beside_arrays(mx):
    net = custom(mx, lambda self, F, x, n, items: x * n + items[0])
    eager = values(net(ones(mx, 2), 3, [4, 5]))
    net.hybridize()
    return [eager, raised(lambda: net(ones(mx, 2), 3, [4, 5]))]


@scenario
def keyword_arguments_refused(mx):
    net = custom(mx, lambda self, F, x, y=None: x)
    return raised(lambda: net(x=ones(mx, 1)))


@scenario
def hybrid_call_of_none_output(mx):
    net = custom(mx, lambda self, F, x: [x, None])
    eager = values(net(ones(mx, 1)))
    net.hybridize()
    return [eager, raised(lambda: net(ones(mx, 1)))]


@scenario
def hybrid_call_of_scalar_output(mx):
    net = custom(mx, lambda self, F, x: (x, 3))
    net.hybridize()
    return raised(lambda: net(ones(mx, 1)))


@scenario
def unused_inputs_warn(mx):
    net = custom(mx, lambda self, F, x, y, z: y + 1)
    args = (ones(mx, 1), ones(mx, 1), ones(mx, 1))
    eager = counted(lambda: values(net(*args)))
    net.hybridize()
    return [eager, counted(lambda: values(net(*args))), counted(lambda: values(net(*args)))]


@scenario
def unknown_inputs(mx):
    net = custom(mx, lambda self, F, x: x + F.var("stranger") if F is mx.sym else x)
    net.hybridize()
    return raised(lambda: net(ones(mx, 1)))


@scenario
def arrays_caught_in_graphs(mx):
    a = ones(mx, 1)
    net = custom(mx, lambda self, F, x: x + a)
    eager = values(net(ones(mx, 1)))
    net.hybridize()
    return [eager, raised(lambda: net(ones(mx, 1)))]


@scenario
def shapes_are_hidden_from_graphs(mx):
    found = []
    for forward in (lambda self, F, x: x.reshape(x.shape), lambda self, F, x: x.dtype and x,
                    lambda self, F, x: x.asnumpy() is None or x, lambda self, F, x: x and x + 1):  # fmt: skip
        net = custom(mx, forward)
        net.hybridize()
        found.append(raised(lambda net=net: net(ones(mx, 1))))
    return found


@scenario
def errors_inside_graphs(mx):
    net = ready(dense_net(mx, 1, dense_in_units=4))
    eager = raised(lambda: net(ones(mx, 1, 2)).asnumpy())
    net.hybridize()
    return [eager, raised(lambda: net(ones(mx, 1, 2)).asnumpy())]


@scenario
def layer_norm_with_wrong_channels(mx):
    net = ready(mx.gluon.nn.LayerNorm(in_channels=4))
    eager = raised(lambda: net(ones(mx, 2, 3)).asnumpy())
    net.hybridize()
    return [eager, raised(lambda: net(ones(mx, 2, 3)).asnumpy())]


@scenario
def optimize_for_default(mx):
    net = ready(dense_net(mx, 2, 1, dense_activation="relu"))
    expected = values(net(ones(mx, 1, 3)))
    net.hybridize()
    return [expected, values(net(ones(mx, 1, 3)))]


@scenario
def optimize_for_checks(mx):
    net = ready(dense_net(mx, 2))
    return [raised(lambda: net.optimize_for(ones(mx, 1, 3), backend=None)),
            raised(lambda: net.optimize_for(ones(mx, 1, 3)))]  # fmt: skip


@scenario
def missing_forwards(mx):
    block, hybrid = mx.gluon.Block(), mx.gluon.HybridBlock()
    found = [raised(lambda: block(ones(mx, 1))), raised(lambda: hybrid(ones(mx, 1)))]
    hybrid.hybridize()
    return [*found, raised(lambda: hybrid(ones(mx, 1)))]
