"""From sources to outcomes. Nothing here knows a loss by name.

A plan says what is read and computed (``plan``, ``shapes``); ``prepare`` does what is done once. ``block`` computes any
block of it on its own (``rows``, ``arrays``, ``checks``), into a ``partial`` that merges with those of other blocks;
an executor decides where. ``finish`` makes outcomes of all of them, and ``execute`` is these steps in their order.

What looks at values as they pass is an observer; how one is added is told in :mod:`losscli.engine.observers`.
"""
