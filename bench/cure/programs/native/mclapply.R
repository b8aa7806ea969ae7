# Forked R processes that multiply matrices by R's BLAS: mclapply.R CORES TASKS. 0 cores: detectCores().
library(parallel)
words <- commandArgs(TRUE)
cores <- as.integer(words[1])
tasks <- as.integer(words[2])
set.seed(1)
matrix <- matrix(runif(384 * 384), 384)
task <- function(seed) {
  value <- matrix
  for (i in 1:6) {
    value <- value %*% matrix
    value <- value / max(value)
  }
  value[1, 1]
}
invisible(task(0))
cat('working\n')
start <- as.numeric(Sys.time())
invisible(mclapply(seq_len(tasks), task, mc.cores = if (cores == 0) detectCores() else cores))
cat(sprintf('span %.6f %.6f %d\n', start, as.numeric(Sys.time()), tasks))
