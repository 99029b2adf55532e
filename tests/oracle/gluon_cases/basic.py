"""Dense, Embedding, normalisation, dropout, containers of one block."""

from __future__ import annotations

from tests.oracle.case import In
from tests.oracle.gluon_cases import Family

case = Family("basic", lambda mx: mx.gluon.nn)

case("dense", lambda nn: nn.Dense(4), (2, 3))
case("dense-known", lambda nn: nn.Dense(4, in_units=3), (2, 3))
case("dense-relu", lambda nn: nn.Dense(4, activation="relu"), (2, 3))
case("dense-tanh-known", lambda nn: nn.Dense(5, activation="tanh", in_units=7), (1, 7))
case("dense-no-bias", lambda nn: nn.Dense(4, use_bias=False), (2, 3))
case("dense-flattens", lambda nn: nn.Dense(4), (2, 3, 5))
case("dense-unflattened", lambda nn: nn.Dense(4, flatten=False, activation="sigmoid"), (2, 3, 5))
case("dense-unflattened-4d", lambda nn: nn.Dense(2, flatten=False, use_bias=False), (2, 1, 3, 5))
case("dense-double", lambda nn: nn.Dense(4, dtype="float64"), In((2, 3), "float64"))
case("dense-prefix", lambda nn: nn.Dense(4, prefix="fc_"), (2, 3))
case("dense-prefix-without-underscore", lambda nn: nn.Dense(4, prefix="fc", activation="relu"), (2, 3))
case("dense-prefix-empty", lambda nn: nn.Dense(4, prefix="", in_units=3), (2, 3))
case("dense-initializers", lambda nn: nn.Dense(4, weight_initializer="xavier", bias_initializer="ones"), (2, 3))
case("dense-one", lambda nn: nn.Dense(1, flatten=False), (1, 1, 1))

case("dropout", lambda nn: nn.Dropout(0.5), (2, 3))
case("dropout-zero", lambda nn: nn.Dropout(0), (2, 3))
case("dropout-axes", lambda nn: nn.Dropout(0.3, axes=(1,)), (2, 3, 4))
case("dropout-half", lambda nn: nn.Dropout(0.3), In((2, 3), "float16"))

indices = In((2, 3), "float32", 0, 10, values=[[0, 9, 3], [1, 1, 7]])
case("embedding", lambda nn: nn.Embedding(10, 4), indices)
case("embedding-int", lambda nn: nn.Embedding(10, 4), In((2, 3), "int32", 0, 10))
case("embedding-long", lambda nn: nn.Embedding(10, 4), In((5,), "int64", 0, 10))
case("embedding-out-of-range", lambda nn: nn.Embedding(10, 4), In((3,), "float32", values=[-1, 10, 5]))
case("embedding-double", lambda nn: nn.Embedding(10, 4, dtype="float64"), In((2,), "float64", values=[3, 4]))
case("embedding-half", lambda nn: nn.Embedding(6, 2, dtype="float16"), In((1, 2), "float16", values=[[3, 4]]))
case("embedding-initializer", lambda nn: nn.Embedding(10, 4, weight_initializer="uniform"), indices)

case("flatten", lambda nn: nn.Flatten(), (2, 3, 4))
case("flatten-vector", lambda nn: nn.Flatten(), (3,))

case("batch-norm", lambda nn: nn.BatchNorm(), (2, 3, 4, 5))
case("batch-norm-known", lambda nn: nn.BatchNorm(in_channels=3), (2, 3))
case("batch-norm-last-axis", lambda nn: nn.BatchNorm(axis=-1), (2, 3, 4))
case("batch-norm-axis-2", lambda nn: nn.BatchNorm(axis=2, momentum=0.5, epsilon=1e-3), (2, 3, 4))
case("batch-norm-no-scale", lambda nn: nn.BatchNorm(scale=False), (2, 3, 4))
case("batch-norm-no-center", lambda nn: nn.BatchNorm(center=False), (2, 3, 4))
case("batch-norm-neither", lambda nn: nn.BatchNorm(scale=False, center=False, in_channels=3), (2, 3))
case("batch-norm-global", lambda nn: nn.BatchNorm(use_global_stats=True), (2, 3, 4))
case("batch-norm-half", lambda nn: nn.BatchNorm(), In((2, 3, 4), "float16"))
case("batch-norm-initializers", lambda nn: nn.BatchNorm(
    beta_initializer="ones", gamma_initializer="zeros", running_mean_initializer="ones",
    running_variance_initializer="zeros"), (2, 3))  # fmt: skip
case("batch-norm-relu", lambda nn: nn.BatchNormReLU(), (2, 3, 4, 5))
case("batch-norm-relu-options", lambda nn: nn.BatchNormReLU(scale=False, epsilon=1e-2, in_channels=4), (2, 4, 1, 1))

case("instance-norm", lambda nn: nn.InstanceNorm(), (2, 3, 4))
case("instance-norm-scale", lambda nn: nn.InstanceNorm(scale=True, epsilon=1e-2), (2, 3, 4, 2))
case("instance-norm-no-center", lambda nn: nn.InstanceNorm(center=False, in_channels=3), (2, 3, 4))
case("instance-norm-axis-2", lambda nn: nn.InstanceNorm(axis=2), (2, 3, 4))
case("instance-norm-last-axis", lambda nn: nn.InstanceNorm(axis=-1), (2, 3, 5, 4))
case("layer-norm", lambda nn: nn.LayerNorm(), (2, 3, 4))
case("layer-norm-known", lambda nn: nn.LayerNorm(in_channels=4), (2, 4))
case("layer-norm-axis-1", lambda nn: nn.LayerNorm(axis=1, epsilon=1e-3), (2, 3, 4))
case("layer-norm-no-scale", lambda nn: nn.LayerNorm(scale=False), (2, 3))
case("layer-norm-no-center", lambda nn: nn.LayerNorm(center=False, prefix="ln_"), (2, 3))
case("layer-norm-double", lambda nn: _cast(nn.LayerNorm(), "float64"), In((2, 3), "float64"))
case("layer-norm-half", lambda nn: _cast(nn.LayerNorm(), "float16"), In((2, 6), "float16"))
case("group-norm", lambda nn: nn.GroupNorm(), (2, 4, 3))
case("group-norm-groups", lambda nn: nn.GroupNorm(num_groups=2), (2, 4, 3, 3))
case("group-norm-plain", lambda nn: nn.GroupNorm(num_groups=4, center=False, scale=False, epsilon=1e-3), (2, 4, 3))

case("lambda-name", lambda nn: nn.Lambda("tanh"), (2, 3), hybrid=False)
case("lambda-function", lambda nn: nn.Lambda(lambda x: x * 2 + 1), (2, 3), hybrid=False)
case("lambda-prefix", lambda nn: nn.Lambda("relu", prefix="act_"), (2, 3), hybrid=False)
case("hybrid-lambda-name", lambda nn: nn.HybridLambda("tanh"), (2, 3))
case("hybrid-lambda-function", lambda nn: nn.HybridLambda(lambda F, x: F.LeakyReLU(x, slope=0.1)), (2, 3))
case("hybrid-lambda-two-inputs", lambda nn: nn.HybridLambda(lambda F, x, y: F.concat(x, y, dim=0)), (2, 3), (1, 3))
case("hybrid-lambda-prefix", lambda nn: nn.HybridLambda("relu", prefix="act_"), (2, 3))


def _cast(block, dtype):
    block.cast(dtype)
    return block


case("dense-cast-double", lambda nn: _cast(nn.Dense(3), "float64"), In((2, 3), "float64"))
case("batch-norm-cast-half", lambda nn: _cast(nn.BatchNorm(), "float16"), In((2, 3, 4), "float16"))
case("batch-norm-cast-double", lambda nn: _cast(nn.BatchNorm(), "float64"), In((2, 3, 4), "float64"))
case("embedding-cast-half", lambda nn: _cast(nn.Embedding(5, 2), "float16"), In((2,), "float16", values=[1, 4]))
