"""ROOT's formats, TTree and RNTuple: from bytes to columns."""
