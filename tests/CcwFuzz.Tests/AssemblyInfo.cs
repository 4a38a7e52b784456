// One process runs one execution at a time.
[assembly: Xunit.CollectionBehavior(DisableTestParallelization = true)]
