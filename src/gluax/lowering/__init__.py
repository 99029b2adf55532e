"""From graphs to pure functions: programs, shape and dtype inference, fitting parameters, `Model`."""
