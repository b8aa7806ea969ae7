#!/usr/bin/python3
"""Data-parallel training of a linear model on the CPU: torch.distributed with gloo.

One process per rank, from RANK, LOCAL_RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT. Rank 0 prints one line of
JSON: the loss before and after, whether all ranks have the same weights, and each rank's threads with their affinity.
Debian: python3-torch.
"""
import argparse
import json
import os

parser = argparse.ArgumentParser(description="Train a linear model with DDP on gloo and print JSON.")
parser.add_argument("--steps", type=int, default=50)
args = parser.parse_args()

import torch  # noqa: E402  after the options, so that --help needs no torch
import torch.distributed as dist  # noqa: E402
from torch.nn.parallel import DistributedDataParallel  # noqa: E402

FEATURES, BATCH = 64, 256


def threads():
    """{tid: [name, affinity]} of each thread of this process."""
    found = {}
    for tid in os.listdir("/proc/self/task"):
        try:
            with open(f"/proc/self/task/{tid}/comm") as f:
                found[tid] = [f.read().strip(), sorted(os.sched_getaffinity(int(tid)))]
        except (FileNotFoundError, ProcessLookupError):
            pass
    return found


dist.init_process_group("gloo")
rank, world = dist.get_rank(), dist.get_world_size()
torch.manual_seed(7)  # the same model and truth in each rank
model = DistributedDataParallel(torch.nn.Linear(FEATURES, 1))
truth = torch.randn(FEATURES, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
torch.manual_seed(100 + rank)  # but its own data
losses = []
for _ in range(args.steps):
    x = torch.randn(BATCH, FEATURES)
    optimizer.zero_grad()
    loss = torch.nn.functional.mse_loss(model(x), x @ truth)
    loss.backward()  # DDP averages the gradients over the ranks
    optimizer.step()
    mean = loss.detach().clone()
    dist.all_reduce(mean)
    losses.append(mean.item() / world)

mine = {
    "rank": rank,
    "local_rank": int(os.environ["LOCAL_RANK"]),
    "threads": threads(),
    "weights": round(sum(p.detach().double().sum().item() for p in model.parameters()), 6),
}
ranks = [None] * world
dist.all_gather_object(ranks, mine)
if rank == 0:
    print(json.dumps({
        "world_size": world,
        "loss": [losses[0], losses[-1]],
        "weights_agree": len({one["weights"] for one in ranks}) == 1,
        "ranks": ranks,
    }), flush=True)
dist.barrier()
dist.destroy_process_group()
