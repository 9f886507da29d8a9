"""Files of arrays: NPY, NPZ, safetensors and what ``torch.save`` writes."""
