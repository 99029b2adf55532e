"""What the convolutional cells share: parameters, shapes and the gates; for every number of dimensions."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from gluax.gluon.parameter_dict import ParameterDict
from gluax.gluon.rnn import HybridRecurrentCell

Sizes = int | tuple[int, ...]


class _BaseConvRNNCell(HybridRecurrentCell):
    """A cell of G gates: convolutions of inputs (N, I, *spatial) and state (N, H, *out) with G * H filters."""

    _gate_names: ClassVar[tuple[str, ...]]
    _hint: ClassVar[str]
    _states: ClassVar[int] = 1

    def __init__(
        self,
        input_shape: tuple[int, ...],
        hidden_channels: int,
        i2h_kernel: Sizes,
        h2h_kernel: Sizes,
        i2h_pad: Sizes,
        i2h_dilate: Sizes,
        h2h_dilate: Sizes,
        i2h_weight_initializer: Any,
        h2h_weight_initializer: Any,
        i2h_bias_initializer: Any,
        h2h_bias_initializer: Any,
        dims: int,
        conv_layout: str,
        activation: Any,
        prefix: str | None = None,
        params: ParameterDict | None = None,
    ) -> None:
        super().__init__(prefix=prefix, params=params)
        self._hidden_channels = hidden_channels
        self._input_shape = input_shape
        self._conv_layout = conv_layout
        self._activation = activation
        self._stride = (1,) * dims
        self._i2h_kernel = _for_each_axis(i2h_kernel, dims)
        self._i2h_pad = _for_each_axis(i2h_pad, dims)
        self._i2h_dilate = _for_each_axis(i2h_dilate, dims)
        self._h2h_kernel = _for_each_axis(h2h_kernel, dims)
        self._h2h_dilate = _for_each_axis(h2h_dilate, dims)
        assert all(size % 2 == 1 for size in self._h2h_kernel), f"Only support odd number, get h2h_kernel= {h2h_kernel}"
        self._h2h_pad = tuple(step * (size - 1) // 2 for step, size in zip(self._h2h_dilate, self._h2h_kernel))
        self._channel_axis = conv_layout.find("C")
        self._in_channels = input_shape[self._channel_axis - 1]
        self._state_shape = self._with_channels(hidden_channels, self._spatial_sizes())
        filters = (hidden_channels * len(self._gate_names),)
        i2h = filters + self._with_channels(self._in_channels, self._i2h_kernel)
        h2h = filters + self._with_channels(hidden_channels, self._h2h_kernel)
        self.i2h_weight = self._add_parameter("i2h_weight", i2h, i2h_weight_initializer)
        self.h2h_weight = self._add_parameter("h2h_weight", h2h, h2h_weight_initializer)
        self.i2h_bias = self._add_parameter("i2h_bias", filters, i2h_bias_initializer)
        self.h2h_bias = self._add_parameter("h2h_bias", filters, h2h_bias_initializer)

    def _with_channels(self, channels: int, spatial: tuple[int, ...]) -> tuple[int, ...]:
        return (channels, *spatial) if self._channel_axis == 1 else (*spatial, channels)

    def _spatial_sizes(self) -> tuple[int, ...]:
        """Sizes of the convolved inputs, which are those of the state; 0 where the input's is not known."""
        sizes = self._input_shape[1:] if self._channel_axis == 1 else self._input_shape[:-1]
        return tuple(
            size + 2 * pad - dilate * (kernel - 1) if size else 0
            for size, kernel, pad, dilate in zip(sizes, self._i2h_kernel, self._i2h_pad, self._i2h_dilate)
        )

    def _alias(self) -> str:
        return self._hint

    def __repr__(self) -> str:
        shape = self.i2h_weight.shape or (0, 0)
        channels = shape[1 if self._channel_axis == 1 else -1]
        return f"{type(self).__name__}({channels or None} -> {shape[0]}, {self._activation}, {self._conv_layout})"

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:
        """The states, (N, H, *out) each, in the cell's layout."""
        shape = (batch_size, *self._state_shape)
        return [{"shape": shape, "__layout__": self._conv_layout} for _ in range(self._states)]

    def _convolve_inputs(self, F: Any, inputs: Any, weight: Any, bias: Any) -> Any:
        return self._convolve(
            F, "i2h", inputs, weight, bias, kernel=self._i2h_kernel, pad=self._i2h_pad, dilate=self._i2h_dilate
        )

    def _convolve_state(self, F: Any, state: Any, weight: Any, bias: Any) -> Any:
        return self._convolve(
            F, "h2h", state, weight, bias, kernel=self._h2h_kernel, pad=self._h2h_pad, dilate=self._h2h_dilate
        )

    def _convolve(self, F: Any, part: str, data: Any, weight: Any, bias: Any, **window: Any) -> Any:
        return F.Convolution(
            data=data,
            weight=weight,
            bias=bias,
            num_filter=self._hidden_channels * len(self._gate_names),
            stride=self._stride,
            layout=self._conv_layout,
            name=f"t{self._counter}_{part}",
            **window,
        )


def _for_each_axis(value: Sizes, dims: int) -> tuple[int, ...]:
    if isinstance(value, (int, np.integer)):
        return (int(value),) * dims
    assert len(value) == dims, (
        f"For {dims}D convolution, the convolution settings can only be either int or list/tuple of length {dims}"
    )
    return tuple(value)


class _ConvRNNCell(_BaseConvRNNCell):
    """``h = activation(i2h(x) + h2h(h))`` with convolutions."""

    _gate_names = ("",)
    _hint = "conv_rnn"

    def hybrid_forward(
        self, F: Any, inputs: Any, states: Any, i2h_weight: Any, h2h_weight: Any, i2h_bias: Any, h2h_bias: Any
    ) -> tuple[Any, list[Any]]:
        """One step."""
        i2h = self._convolve_inputs(F, inputs, i2h_weight, i2h_bias)
        h2h = self._convolve_state(F, states[0], h2h_weight, h2h_bias)
        output = self._get_activation(F, i2h + h2h, self._activation, name=f"t{self._counter}_out")
        return output, [output]


class _ConvLSTMCell(_BaseConvRNNCell):
    """Long short-term memory with convolutions. States: hidden and cell."""

    _gate_names = ("_i", "_f", "_c", "_o")
    _hint = "conv_lstm"
    _states = 2

    def hybrid_forward(
        self, F: Any, inputs: Any, states: Any, i2h_weight: Any, h2h_weight: Any, i2h_bias: Any, h2h_bias: Any
    ) -> tuple[Any, list[Any]]:
        """One step."""
        prefix = f"t{self._counter}_"
        i2h = self._convolve_inputs(F, inputs, i2h_weight, i2h_bias)
        h2h = self._convolve_state(F, states[0], h2h_weight, h2h_bias)
        slices = F.SliceChannel(i2h + h2h, num_outputs=4, name=f"{prefix}slice", axis=self._channel_axis)
        in_gate = F.Activation(slices[0], act_type="sigmoid", name=f"{prefix}i")
        forget_gate = F.Activation(slices[1], act_type="sigmoid", name=f"{prefix}f")
        candidate = self._get_activation(F, slices[2], self._activation, name=f"{prefix}c")
        out_gate = F.Activation(slices[3], act_type="sigmoid", name=f"{prefix}o")
        cell = F.elemwise_add(forget_gate * states[1], in_gate * candidate, name=f"{prefix}state")
        hidden = F.elemwise_mul(out_gate, self._get_activation(F, cell, self._activation), name=f"{prefix}out")
        return hidden, [hidden, cell]


class _ConvGRUCell(_BaseConvRNNCell):
    """Gated recurrent unit with convolutions; the reset gate acts after the convolution of the state."""

    _gate_names = ("_r", "_z", "_o")
    _hint = "conv_gru"

    def hybrid_forward(
        self, F: Any, inputs: Any, states: Any, i2h_weight: Any, h2h_weight: Any, i2h_bias: Any, h2h_bias: Any
    ) -> tuple[Any, list[Any]]:
        """One step."""
        prefix = f"t{self._counter}_"
        i2h = self._convolve_inputs(F, inputs, i2h_weight, i2h_bias)
        h2h = self._convolve_state(F, states[0], h2h_weight, h2h_bias)
        cut = {"num_outputs": 3, "axis": self._channel_axis}
        i2h_reset, i2h_update, i2h_new = F.SliceChannel(i2h, name=f"{prefix}i2h_slice", **cut)
        h2h_reset, h2h_update, h2h_new = F.SliceChannel(h2h, name=f"{prefix}h2h_slice", **cut)
        reset = F.Activation(i2h_reset + h2h_reset, act_type="sigmoid", name=f"{prefix}r_act")
        update = F.Activation(i2h_update + h2h_update, act_type="sigmoid", name=f"{prefix}z_act")
        candidate = self._get_activation(F, i2h_new + reset * h2h_new, self._activation, name=f"{prefix}h_act")
        hidden = F.elemwise_add((1.0 - update) * candidate, update * states[0], name=f"{prefix}out")
        return hidden, [hidden]
