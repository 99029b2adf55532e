"""Cells whose states are pictures: convolutions in the place of dense layers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from gluax import symbol
from gluax.rnn.base import BaseRNNCell, RNNParams
from gluax.symbol import Symbol

Pair = tuple[int, int]
Activation = str | Callable[..., Symbol]

_LEAKY = partial(symbol.LeakyReLU, act_type="leaky", slope=0.2)


class BaseConvRNNCell(BaseRNNCell):
    """A cell of two convolutions: one of the input (i2h), one of the first state (h2h), which keeps its size.

    Args:
      input_shape: the shape of the input, with a batch axis of any size.
      num_hidden: the number of channels of the output and of the states.
      h2h_kernel, h2h_dilate: of the state's convolution; the kernel's sizes are odd.
      i2h_kernel, i2h_stride, i2h_pad, i2h_dilate: of the input's convolution.
      i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer: for the variables.
      activation: "tanh", "relu" ..., or a function of a symbol.
      prefix: what names begin with.
      params: the variables of other cells, to share them.
      conv_layout: "NCHW" or "NHWC".

    Raises:
      AssertionError: for an even kernel of the state.
    """

    _states = 1

    def __init__(
        self,
        input_shape: tuple[int, ...],
        num_hidden: int,
        h2h_kernel: Pair,
        h2h_dilate: Pair,
        i2h_kernel: Pair,
        i2h_stride: Pair,
        i2h_pad: Pair,
        i2h_dilate: Pair,
        i2h_weight_initializer: Any,
        h2h_weight_initializer: Any,
        i2h_bias_initializer: Any,
        h2h_bias_initializer: Any,
        activation: Activation,
        prefix: str = "",
        params: RNNParams | None = None,
        conv_layout: str = "NCHW",
    ) -> None:
        super().__init__(prefix=prefix, params=params)
        assert all(size % 2 for size in h2h_kernel), f"h2h_kernel must be odd, got {h2h_kernel}"
        self._num_hidden, self._layout, self._activation = num_hidden, conv_layout, activation
        self._i2h = {"kernel": i2h_kernel, "stride": i2h_stride, "pad": i2h_pad, "dilate": i2h_dilate}
        kept = tuple(dilate * (size - 1) // 2 for size, dilate in zip(h2h_kernel, h2h_dilate))
        self._h2h = {"kernel": h2h_kernel, "dilate": h2h_dilate, "pad": kept, "stride": (1, 1)}
        data = symbol.Variable("data")
        first = symbol.Convolution(data=data, num_filter=num_hidden, layout=conv_layout, **self._i2h)
        shapes = first.infer_shape(data=input_shape)[1] or [()]
        self._state_shape = (0, *shapes[0][1:])
        self._iW = self.params.get("i2h_weight", init=i2h_weight_initializer)
        self._hW = self.params.get("h2h_weight", init=h2h_weight_initializer)
        self._iB = self.params.get("i2h_bias", init=i2h_bias_initializer)
        self._hB = self.params.get("h2h_bias", init=h2h_bias_initializer)

    @property
    def state_info(self) -> list[dict[str, Any]]:
        """Shape and layout of each state; see `BaseRNNCell.state_info`."""
        return [{"shape": self._state_shape, "__layout__": self._layout} for _ in range(self._states)]

    def _convolutions(self, inputs: Symbol, state: Symbol, name: str) -> tuple[Symbol, Symbol]:
        common = {"num_filter": self._num_hidden * len(self._gate_names), "layout": self._layout}
        return (
            symbol.Convolution(data=inputs, weight=self._iW, bias=self._iB, name=f"{name}i2h", **common, **self._i2h),
            symbol.Convolution(data=state, weight=self._hW, bias=self._hB, name=f"{name}h2h", **common, **self._h2h),
        )


class _WithDefaults(BaseConvRNNCell):
    """The arguments of the cells: kernels of 3x3 that keep the size."""

    _default_prefix = ""

    def __init__(
        self,
        input_shape: tuple[int, ...],
        num_hidden: int,
        h2h_kernel: Pair = (3, 3),
        h2h_dilate: Pair = (1, 1),
        i2h_kernel: Pair = (3, 3),
        i2h_stride: Pair = (1, 1),
        i2h_pad: Pair = (1, 1),
        i2h_dilate: Pair = (1, 1),
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        activation: Activation = _LEAKY,
        prefix: str | None = None,
        params: RNNParams | None = None,
        conv_layout: str = "NCHW",
    ) -> None:
        super().__init__(
            input_shape, num_hidden, h2h_kernel, h2h_dilate, i2h_kernel, i2h_stride, i2h_pad, i2h_dilate,
            i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer, activation,
            self._default_prefix if prefix is None else prefix, params, conv_layout,
        )  # fmt: skip


class ConvRNNCell(_WithDefaults):
    """``activation(i2h(input) + h2h(state))``; see `BaseConvRNNCell` for the arguments."""

    _default_prefix = "ConvRNN_"

    @property
    def _gate_names(self) -> tuple[str, ...]:
        return ("",)

    def __call__(self, inputs: Symbol, states: list[Symbol]) -> tuple[Symbol, list[Symbol]]:
        """One step; see `BaseRNNCell.__call__`."""
        name = self._step_name()
        i2h, h2h = self._convolutions(inputs, states[0], name)
        output = self._get_activation(i2h + h2h, self._activation, name=f"{name}out")
        return output, [output]


class ConvLSTMCell(_WithDefaults):
    """Long short-term memory: the states are the output and the memory; see `BaseConvRNNCell` for the arguments."""

    _states = 2
    _default_prefix = "ConvLSTM_"

    @property
    def _gate_names(self) -> tuple[str, ...]:
        return ("_i", "_f", "_c", "_o")

    def __call__(self, inputs: Symbol, states: list[Symbol]) -> tuple[Symbol, list[Symbol]]:
        """One step; see `BaseRNNCell.__call__`."""
        name = self._step_name()
        i2h, h2h = self._convolutions(inputs, states[0], name)
        gates = symbol.SliceChannel(i2h + h2h, num_outputs=4, axis=self._layout.find("C"), name=f"{name}slice")
        enter = symbol.Activation(gates[0], act_type="sigmoid", name=f"{name}i")
        forget = symbol.Activation(gates[1], act_type="sigmoid", name=f"{name}f")
        change = self._get_activation(gates[2], self._activation, name=f"{name}c")
        leave = symbol.Activation(gates[3], act_type="sigmoid", name=f"{name}o")
        memory = symbol._internal._plus(forget * states[1], enter * change, name=f"{name}state")
        output = symbol._internal._mul(leave, self._get_activation(memory, self._activation), name=f"{name}out")
        return output, [output, memory]


class ConvGRUCell(_WithDefaults):
    """Gated recurrent unit; see `BaseConvRNNCell` for the arguments. Its gates are split along axis 1, as in MXNet."""

    _default_prefix = "ConvGRU_"

    @property
    def _gate_names(self) -> tuple[str, ...]:
        return ("_r", "_z", "_o")

    def __call__(self, inputs: Symbol, states: list[Symbol]) -> tuple[Symbol, list[Symbol]]:
        """One step; see `BaseRNNCell.__call__`."""
        name = self._step_name()
        (i2h_r, i2h_z, i2h), (h2h_r, h2h_z, h2h) = [
            symbol.SliceChannel(part, num_outputs=3, name=f"{name}_{group}_slice")
            for part, group in zip(self._convolutions(inputs, states[0], name), ("i2h", "h2h"))
        ]
        reset = symbol.Activation(i2h_r + h2h_r, act_type="sigmoid", name=f"{name}_r_act")
        update = symbol.Activation(i2h_z + h2h_z, act_type="sigmoid", name=f"{name}_z_act")
        change = self._get_activation(i2h + reset * h2h, self._activation, name=f"{name}_h_act")
        output = symbol._internal._plus((1.0 - update) * change, update * states[0], name=f"{name}out")
        return output, [output]
