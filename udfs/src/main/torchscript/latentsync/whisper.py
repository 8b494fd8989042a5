class WhisperEncoder(Module):
    __parameters__ = []
    __buffers__ = []
    training : bool
    w : Dict[str, Tensor]
    layers : int
    heads : int

    def put(self: __torch__.latentsync.whisper.WhisperEncoder, name: str, tensor: Tensor, dtype: int, kernel: bool) -> NoneType:
        return __torch__.latentsync.ops.put(self.w, name, tensor, dtype, kernel)

    # mel [1,mels,2*t] to the states before and after each block, [t,layers+1,d].
    # The norm after the last block belongs to the decoder's input and is left out.
    def hidden_states(self: __torch__.latentsync.whisper.WhisperEncoder, mel: Tensor) -> Tensor:
        w = self.w
        x = torch.to(mel, w["encoder.conv1.weight"].dtype)
        x = torch.gelu(__torch__.latentsync.ops.convolution(x, w, "encoder.conv1", [1], [1]))
        x = torch.gelu(__torch__.latentsync.ops.convolution(x, w, "encoder.conv2", [2], [1]))
        x = torch.add(torch.transpose(x, 1, 2), w["encoder.positional_embedding"])
        states = [x]
        for i in range(self.layers):
            block = "encoder.blocks." + str(i)
            z = __torch__.latentsync.ops.layer_norm(x, w, block + ".attn_ln")
            q = __torch__.latentsync.ops.linear(z, w, block + ".attn.query")
            k = __torch__.latentsync.ops.linear(z, w, block + ".attn.key")
            v = __torch__.latentsync.ops.linear(z, w, block + ".attn.value")
            z = __torch__.latentsync.ops.heads_attention(q, k, v, self.heads)
            x = torch.add(x, __torch__.latentsync.ops.linear(z, w, block + ".attn.out"))
            z = __torch__.latentsync.ops.layer_norm(x, w, block + ".mlp_ln")
            z = torch.gelu(__torch__.latentsync.ops.linear(z, w, block + ".mlp.0"))
            x = torch.add(x, __torch__.latentsync.ops.linear(z, w, block + ".mlp.2"))
            states.append(x)
        return torch.to(torch.select(torch.stack(states, 2), 0, 0), mel.dtype)
