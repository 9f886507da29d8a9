"""Benchmarks, run by hand: losscli beside what a user would write instead, on the same data in the same run.

    python -m tests.benchmarks.run startup     # start-up: two CSV files of 1000 rows, --help, list ...
    python -m tests.benchmarks.run growth      # start-up with 40 and 135 losses
    python -m tests.benchmarks.run npy         # large NPY files: whole process, wall time and peak memory
    python -m tests.benchmarks.run memory      # peak memory of losscli from 0.1 to 4 GB
    python -m tests.benchmarks.run tables      # CSV, compressed CSV, Parquet; per-sample output
    python -m tests.benchmarks.run intervals   # compute --ci beside compute; tests.benchmarks.coverage simulates them
    python -m tests.benchmarks.run compare     # compare beside compute, and beside pandas and scipy
    python -m tests.benchmarks.run inprocess   # losscli.compute on arrays against torch.nn.functional
    python -m tests.benchmarks.run all --scale 0.1 --rounds 3    # everything, small and quick

They print Markdown tables. Each round runs every contestant once; times are medians over the rounds and
ratios are taken round by round, so that noise from the rest of the machine hits all alike. Goals stand
beside the ratios. Nothing here is collected by pytest and nothing fails: a timing is no test.

Needs ``losscli[torch]``; pandas, duckdb and mawk are more peers where they are installed. At scale 1, ``npy`` writes
3.7 GB, ``memory`` up to 1 GB and ``tables`` 8 GB to the temporary folder (``TMPDIR``), and ``inprocess`` holds
4 GB in memory.
"""
