"""The part of gymnasium.spaces that Rung's environments need, for where that is not installed."""

import numpy


class Discrete:
    """The whole numbers from 0 to n - 1."""

    def __init__(self, n, seed=None):
        self.n = int(n)
        self.shape = ()
        self.dtype = numpy.dtype(numpy.int64)
        self.seed(seed)

    def seed(self, seed=None):
        self._random = numpy.random.default_rng(seed)

    def sample(self):
        return self._random.integers(self.n)

    def contains(self, value):
        return 0 <= int(value) < self.n


class MultiDiscrete:
    """Arrays of whole numbers, each from 0 to its entry of nvec less one."""

    def __init__(self, nvec, seed=None):
        self.nvec = numpy.asarray(nvec, numpy.int64)
        self.shape = self.nvec.shape
        self.dtype = numpy.dtype(numpy.int64)
        self.seed(seed)

    def seed(self, seed=None):
        self._random = numpy.random.default_rng(seed)

    def sample(self):
        return self._random.integers(self.nvec)

    def contains(self, value):
        value = numpy.asarray(value)
        return value.shape == self.shape and bool(((value >= 0) & (value < self.nvec)).all())


class Box:
    """Arrays of numbers from low to high."""

    def __init__(self, low, high, shape, dtype=numpy.float32):
        self.shape = tuple(shape)
        self.dtype = numpy.dtype(dtype)
        self.low = numpy.full(self.shape, low, self.dtype)
        self.high = numpy.full(self.shape, high, self.dtype)

    def contains(self, value):
        value = numpy.asarray(value)
        return value.shape == self.shape and bool(
            ((value >= self.low) & (value <= self.high)).all()
        )
