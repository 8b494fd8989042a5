class AutoencoderKl(Module):
    __parameters__ = []
    __buffers__ = []
    training : bool
    w : Dict[str, Tensor]
    levels : int
    layers : int
    groups : int

    def put(self: __torch__.latentsync.autoencoder.AutoencoderKl, name: str, tensor: Tensor, dtype: int, kernel: bool) -> NoneType:
        return __torch__.latentsync.ops.put(self.w, name, tensor, dtype, kernel)

    # Pictures [n,3,H,W] to mean and log-variance of their latents, [n,4,H/8,W/8] each.
    def encode(self: __torch__.latentsync.autoencoder.AutoencoderKl, images: Tensor) -> Tuple[Tensor, Tensor]:
        w = self.w
        x = torch.to(images, w["encoder.conv_in.weight"].dtype)
        x = __torch__.latentsync.ops.conv2d(x, w, "encoder.conv_in", 1, 1)
        for i in range(self.levels):
            block = "encoder.down_blocks." + str(i)
            for j in range(self.layers):
                x = __torch__.latentsync.blocks.resnet(x, None, w, block + ".resnets." + str(j), self.groups, 1e-06)
            if __torch__.latentsync.ops.has(w, block + ".downsamplers.0.conv.weight"):
                x = torch.constant_pad_nd(x, [0, 1, 0, 1], 0)
                x = __torch__.latentsync.ops.conv2d(x, w, block + ".downsamplers.0.conv", 2, 0)
        x = (self).mid_block(x, "encoder")
        x = (self).head(x, "encoder")
        if __torch__.latentsync.ops.has(w, "quant_conv.weight"):
            x = __torch__.latentsync.ops.conv2d(x, w, "quant_conv", 1, 0)
        mean, logvar = torch.chunk(x, 2, 1)
        return (torch.to(mean, images.dtype), torch.to(torch.clamp(logvar, -30., 20.), images.dtype))

    # Latents [n,4,h,w] to pictures [n,3,8*h,8*w].
    def decode(self: __torch__.latentsync.autoencoder.AutoencoderKl, latents: Tensor) -> Tensor:
        x = (self).decoder_start(latents)
        for i in range(self.levels):
            for j in range(self.layers + 2):
                x = (self).decoder_layer(x, i, j)
        return torch.to((self).head(x, "decoder"), latents.dtype)

    # The parts of decode in their order, for gradient checkpointing: decode_start, decode_layer for each
    # place, decode_end. A place is two integers, as methods that training calls take tensors only.
    def decode_start(self: __torch__.latentsync.autoencoder.AutoencoderKl, latents: Tensor) -> Tensor:
        return (self).decoder_start(latents)

    def decode_layer(self: __torch__.latentsync.autoencoder.AutoencoderKl, x: Tensor, place: Tensor) -> Tensor:
        return (self).decoder_layer(x, int(torch.select(place, 0, 0)), int(torch.select(place, 0, 1)))

    def decode_end(self: __torch__.latentsync.autoencoder.AutoencoderKl, x: Tensor) -> Tensor:
        return (self).head(x, "decoder")

    # Up to the first up block.
    def decoder_start(self: __torch__.latentsync.autoencoder.AutoencoderKl, latents: Tensor) -> Tensor:
        w = self.w
        x = torch.to(latents, w["decoder.conv_in.weight"].dtype)
        if __torch__.latentsync.ops.has(w, "post_quant_conv.weight"):
            x = __torch__.latentsync.ops.conv2d(x, w, "post_quant_conv", 1, 0)
        x = __torch__.latentsync.ops.conv2d(x, w, "decoder.conv_in", 1, 1)
        return (self).mid_block(x, "decoder")

    # A layer of an up block: a residual block, or the enlargement after the last one, if there is any.
    def decoder_layer(self: __torch__.latentsync.autoencoder.AutoencoderKl, x: Tensor, i: int, j: int) -> Tensor:
        w = self.w
        block = "decoder.up_blocks." + str(i)
        y = x
        if j <= self.layers:
            y = __torch__.latentsync.blocks.resnet(x, None, w, block + ".resnets." + str(j), self.groups, 1e-06)
        else:
            if __torch__.latentsync.ops.has(w, block + ".upsamplers.0.conv.weight"):
                y = __torch__.latentsync.ops.upsample(x, 2 * torch.size(x, 2), 2 * torch.size(x, 3))
                y = __torch__.latentsync.ops.conv2d(y, w, block + ".upsamplers.0.conv", 1, 1)
        return y

    def mid_block(self: __torch__.latentsync.autoencoder.AutoencoderKl, x: Tensor, side: str) -> Tensor:
        w = self.w
        name = side + ".mid_block"
        y = __torch__.latentsync.blocks.resnet(x, None, w, name + ".resnets.0", self.groups, 1e-06)
        attention = name + ".attentions.0"
        if __torch__.latentsync.ops.has(w, attention + ".group_norm.weight"):
            n, c, h, width = torch.size(y)
            z = __torch__.latentsync.ops.group_norm(y, w, attention + ".group_norm", self.groups, 1e-06)
            z = torch.transpose(torch.reshape(z, [n, c, h * width]), 1, 2)
            z = __torch__.latentsync.ops.attention(z, z, w, attention, 1)
            y = torch.add(y, torch.reshape(torch.transpose(z, 1, 2), [n, c, h, width]))
        return __torch__.latentsync.blocks.resnet(y, None, w, name + ".resnets.1", self.groups, 1e-06)

    def head(self: __torch__.latentsync.autoencoder.AutoencoderKl, x: Tensor, side: str) -> Tensor:
        y = torch.silu(__torch__.latentsync.ops.group_norm(x, self.w, side + ".conv_norm_out", self.groups, 1e-06))
        return __torch__.latentsync.ops.conv2d(y, self.w, side + ".conv_out", 1, 1)
