"""A network for others to apply: lwtnn and ONNX."""
