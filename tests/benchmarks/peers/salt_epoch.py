"""The same with salt's loader and PyTorch, from the file: `salt_epoch.py JETS BATCH N`.

N is the number of jets to train on; none are held out. Prints the processor time in
seconds.
"""

import sys
import time

import torch
from salt.data.datasets import SaltDataset
from salt.data.samplers import RandomBatchSampler

LABEL, JETS = "HadronConeExclExtendedTruthLabelID", ["rnnip_log_ratio", "jf_sig"]
TRACKS = ["IP3D_signed_d0_significance", "IP3D_signed_z0_significance", "ptfrac", "dr"]
TRACKS += [f"numberOf{hits}Hits" for hits in ("InnermostPixelLayer", "Pixel", "SCT")]
TRACKS += ["numberOfPixelSharedHits", "numberOfSCTSharedHits"]


linear, relu = torch.nn.Linear, torch.nn.ReLU()  # the network of train_tracks.py
of_tracks = torch.nn.Sequential(linear(len(TRACKS), 32), relu, linear(32, 32), relu)
of_jets = torch.nn.Sequential(linear(len(JETS) + 32, 32), relu, linear(32, 3))
path, batch, n = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
start = time.process_time()
fields, labels = {"jets": JETS, "tracks": TRACKS}, {"jets": [LABEL]}
jets = SaltDataset(path, None, fields, "fit", n, labels=labels, non_finite_to_num=True)
sampler = RandomBatchSampler(jets, batch, shuffle=True, drop_last=True)
loader = torch.utils.data.DataLoader(jets, batch_size=None, collate_fn=None, sampler=sampler)
classes = torch.full((256,), -100)  # not among the flavours: ignored
classes[torch.tensor([0, 4, 5])] = torch.arange(3)
loss = torch.nn.CrossEntropyLoss()
optimiser = torch.optim.Adam([*of_tracks.parameters(), *of_jets.parameters()], 0.005)
for inputs, padding, labels in loader:
    optimiser.zero_grad()
    summed = (of_tracks(inputs["tracks"]) * ~padding["tracks"].unsqueeze(-1)).sum(dim=1)
    found = of_jets(torch.cat([inputs["jets"], summed], dim=1))
    loss(found, classes[labels["jets"][LABEL]]).backward()
    optimiser.step()
print(time.process_time() - start)
