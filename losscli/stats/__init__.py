"""How sure a number is: pure functions of sums over units, with NumPy and the standard library alone.

``moments`` takes what an interval needs from each block, ``interval`` makes the interval, the p-value and the
detectable change of it, ``student`` has the t distribution they rest on, and ``multiple`` corrects several p-values.
``order``, ``proportion``, ``jackknife``, ``resample`` and ``signs`` are for what is no mean, or is asked for by name.
"""
