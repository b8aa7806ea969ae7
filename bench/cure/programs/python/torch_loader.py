"""A small convolutional network, its images prepared by a DataLoader: torch_loader.py WORKERS BATCHES."""
import sys

import torch
from torch.utils.data import DataLoader, Dataset

from span import span, working

BATCH = 16


class Images(Dataset):
    def __init__(self, length):
        self.length = length

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        image = torch.randn(3, 64, 64, generator=torch.Generator().manual_seed(index))
        for _ in range(3):
            image = torch.fft.ifft2(torch.fft.fft2(image)).real.roll(1, -1)
        return image, index % 10


if __name__ == '__main__':
    workers, batches = int(sys.argv[1]), int(sys.argv[2])
    model = torch.nn.Sequential(
        torch.nn.Conv2d(3, 16, 3), torch.nn.ReLU(), torch.nn.Conv2d(16, 32, 3, stride=2), torch.nn.ReLU(),
        torch.nn.AdaptiveAvgPool2d(4), torch.nn.Flatten(), torch.nn.Linear(512, 10),
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    # The workers start with the first batches, which do not count.
    first = 2 * workers + 2
    loader = DataLoader(Images((batches + first) * BATCH), batch_size=BATCH, num_workers=workers)
    start = 0.0
    for i, (images, labels) in enumerate(loader):
        if i == first:
            start = working()
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(images), labels).backward()
        optimizer.step()
    span(start, batches)
