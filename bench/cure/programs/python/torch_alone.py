"""A network trained by one process: torch_alone.py STEPS."""
import sys

import torch

from span import span, working

steps = int(sys.argv[1])
torch.manual_seed(0)
model = torch.nn.Sequential(
    torch.nn.Linear(512, 768), torch.nn.ReLU(), torch.nn.Linear(768, 768), torch.nn.ReLU(), torch.nn.Linear(768, 10)
)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
inputs, labels = torch.randn(256, 512), torch.randint(0, 10, (256,))


def step():
    optimizer.zero_grad()
    torch.nn.functional.cross_entropy(model(inputs), labels).backward()
    optimizer.step()


for _ in range(5):
    step()
start = working()
for _ in range(steps):
    step()
span(start, steps)
