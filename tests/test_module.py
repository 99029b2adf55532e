"""The lesser modules and `FeedForward`: MXNet's facts, and where gluax does better on purpose."""

from __future__ import annotations

import numpy as np
import pytest

import gluax as mx
from tests.oracle import feed_forward_scenarios, module_corner_scenarios, module_scenarios

FAMILIES = (module_scenarios, module_corner_scenarios, feed_forward_scenarios)


@pytest.mark.parametrize(("family", "name"), [(family, name) for family in FAMILIES for name in family.SCENARIOS])
def test_scenario(family, name: str) -> None:
    family.SCENARIOS.check(name, mx)


def test_feed_forward_predicts_with_the_parameters_of_its_last_fit() -> None:
    # MXNet goes on with those of the first prediction.
    model = module_scenarios.feed_forward(mx, num_epoch=1, learning_rate=0.5, arg_params=module_scenarios.weights(mx))
    values, _ = module_scenarios.data()
    model.fit(module_scenarios.batches(mx))
    before = model.predict(values)
    model.fit(module_scenarios.batches(mx))
    fresh = module_scenarios.feed_forward(mx, arg_params=model.arg_params, aux_params={})
    assert np.abs(model.predict(values) - before).max() > 0.01
    np.testing.assert_array_equal(model.predict(values), fresh.predict(values))


def test_a_row_gives_the_gradients_of_its_inputs() -> None:
    # MXNet's own fails: it asks for a flag that its bind does not set.
    row = module_corner_scenarios.row(mx)
    row.bind([("data", (4, 5))], inputs_need_grad=True)
    row.init_params(arg_params=module_corner_scenarios.start(mx), initializer=None)
    row.forward(mx.io.DataBatch([mx.nd.ones((4, 5))], None), is_train=True)
    row.backward([mx.nd.ones((4, 2))])
    (found,) = row.get_input_grads()
    np.testing.assert_array_equal(found.asnumpy(), row._modules[0].get_input_grads()[0].asnumpy())
