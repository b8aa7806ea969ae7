# A cluster of R processes that group and join with data.table, whose threads are OpenMP's:
# data_table.R WORKERS TASKS. 0 workers: detectCores().
library(parallel)
words <- commandArgs(TRUE)
workers <- as.integer(words[1])
tasks <- as.integer(words[2])
cluster <- makePSOCKcluster(if (workers == 0) detectCores() else workers)
invisible(clusterEvalQ(cluster, {
  library(data.table)
  table <- data.table(id = rep(1:5000, 60), value = as.numeric(1:300000))
}))
task <- function(seed) {
  sorted <- table[order(-value %% (seed + 7), id)]
  nrow(sorted[, .(sum = sum(value), most = max(value)), by = id])
}
cat('working\n')
start <- as.numeric(Sys.time())
invisible(clusterApplyLB(cluster, seq_len(tasks), task))
cat(sprintf('span %.6f %.6f %d\n', start, as.numeric(Sys.time()), tasks))
stopCluster(cluster)
