class UNet3d(Module):
    __parameters__ = []
    __buffers__ = []
    training : bool
    w : Dict[str, Tensor]
    levels : int
    layers : int
    groups : int
    heads : int
    motion_heads : int
    eps : float

    def put(self: __torch__.latentsync.unet.UNet3d, name: str, tensor: Tensor, dtype: int, kernel: bool) -> NoneType:
        return __torch__.latentsync.ops.put(self.w, name, tensor, dtype, kernel)

    # The noise in the sample.
    def forward(self: __torch__.latentsync.unet.UNet3d, sample: Tensor, timestep: Tensor, audio: Tensor) -> Tensor:
        noise, deep = (self).predict(sample, timestep, audio, None)
        return noise

    # The same, and what the last layer of the last up block was given.
    def forward_keeping(self: __torch__.latentsync.unet.UNet3d, sample: Tensor, timestep: Tensor, audio: Tensor) -> Tuple[Tensor, Tensor]:
        return (self).predict(sample, timestep, audio, None)

    # DeepCache: only that last layer, on what was kept from an earlier step.
    def forward_shallow(self: __torch__.latentsync.unet.UNet3d, sample: Tensor, timestep: Tensor, audio: Tensor, deep: Tensor) -> Tensor:
        noise, kept = (self).predict(sample, timestep, audio, deep)
        return noise

    # sample [b,c,f,h,w], timestep [1] or [b], audio [b*f,t,d]
    def predict(self: __torch__.latentsync.unet.UNet3d, sample: Tensor, timestep: Tensor, audio: Tensor, deep: Optional[Tensor]) -> Tuple[Tensor, Tensor]:
        w = self.w
        dtype = w["conv_in.weight"].dtype
        speech = torch.to(audio, dtype)
        temb = (self).time_embedding(timestep, torch.size(sample, 0))
        first = (self).part_first(torch.to(sample, dtype))
        if deep is None:
            hidden = (self).down_mid_up(first, temb, speech)
        else:
            hidden = deep
        last = "up_blocks." + str(self.levels - 1)
        x = (self).layer(torch.cat([hidden, first], 1), temb, speech, last, self.layers)
        return (torch.to((self).part_last(x), sample.dtype), hidden)

    # Everything between the first convolution and the last layer of the last up block.
    def down_mid_up(self: __torch__.latentsync.unet.UNet3d, first: Tensor, temb: Tensor, speech: Tensor) -> Tensor:
        w = self.w
        x = first
        skips = [first]
        for i in range(self.levels):
            block = "down_blocks." + str(i)
            for j in range(self.layers):
                x = (self).layer(x, temb, speech, block, j)
                skips.append(x)
            if __torch__.latentsync.ops.has(w, block + ".downsamplers.0.conv.weight"):
                x = __torch__.latentsync.ops.conv2d(x, w, block + ".downsamplers.0.conv", 2, 1)
                skips.append(x)
        x = (self).layer(x, temb, speech, "mid_block", 0)
        x = (self).part_middle_end(x, temb)
        for i in range(self.levels):
            block = "up_blocks." + str(i)
            for j in range(self.layers + 1):
                if len(skips) > 1:  # The first skip is the last layer's.
                    x = (self).layer(torch.cat([x, skips.pop()], 1), temb, speech, block, j)
            if __torch__.latentsync.ops.has(w, block + ".upsamplers.0.conv.weight"):
                skip = skips[-1]
                x = __torch__.latentsync.ops.upsample(x, torch.size(skip, 3), torch.size(skip, 4))
                x = __torch__.latentsync.ops.conv2d(x, w, block + ".upsamplers.0.conv", 1, 1)
        return x

    # Residual block, then attention, then motion, as far as there are any.
    def layer(self: __torch__.latentsync.unet.UNet3d, x: Tensor, temb: Tensor, speech: Tensor, block: str, i: int) -> Tensor:
        w = self.w
        y = __torch__.latentsync.blocks.resnet(x, temb, w, block + ".resnets." + str(i), self.groups, self.eps)
        attention = block + ".attentions." + str(i)
        if __torch__.latentsync.ops.has(w, attention + ".norm.weight"):
            y = __torch__.latentsync.blocks.spatial_transformer(y, speech, w, attention, self.groups, self.heads)
        motion = block + ".motion_modules." + str(i)
        if __torch__.latentsync.ops.has(w, motion + ".temporal_transformer.norm.weight"):
            y = __torch__.latentsync.blocks.motion_module(y, w, motion, self.motion_heads)
        return y

    # Sinusoids of the timestep (computed in float32 whatever the weights are), then two layers.
    def time_embedding(self: __torch__.latentsync.unet.UNet3d, timestep: Tensor, batch: int) -> Tensor:
        w = self.w
        weight = w["time_embedding.linear_1.weight"]
        half = torch.size(weight, 1) // 2
        steps = torch.arange(half, dtype=6, device=weight.device)
        rates = torch.exp(torch.div(torch.mul(steps, -9.210340371976184), half))  # 10000^(-i/half)
        angles = torch.mul(torch.unsqueeze(torch.to(timestep, 6), 1), torch.unsqueeze(rates, 0))
        waves = torch.cat([torch.cos(angles), torch.sin(angles)], -1)
        t = torch.expand(torch.to(waves, weight.dtype), [batch, 2 * half])
        t = torch.silu(__torch__.latentsync.ops.linear(t, w, "time_embedding.linear_1"))
        return __torch__.latentsync.ops.linear(t, w, "time_embedding.linear_2")

    # The parts of forward, for gradient checkpointing. A place is three integers, as methods that training
    # calls take tensors only: side (0 down, 1 middle, 2 up), block and layer.
    def part_time(self: __torch__.latentsync.unet.UNet3d, timestep: Tensor, sample: Tensor) -> Tensor:
        return (self).time_embedding(timestep, torch.size(sample, 0))

    def part_first(self: __torch__.latentsync.unet.UNet3d, sample: Tensor) -> Tensor:
        return __torch__.latentsync.ops.conv2d(sample, self.w, "conv_in", 1, 1)

    def part_layer(self: __torch__.latentsync.unet.UNet3d, x: Tensor, temb: Tensor, speech: Tensor, place: Tensor) -> Tensor:
        return (self).layer(x, temb, speech, (self).block_at(place), int(torch.select(place, 0, 2)))

    def part_joined_layer(self: __torch__.latentsync.unet.UNet3d, x: Tensor, skip: Tensor, temb: Tensor, speech: Tensor, place: Tensor) -> Tensor:
        return (self).layer(torch.cat([x, skip], 1), temb, speech, (self).block_at(place), int(torch.select(place, 0, 2)))

    def part_middle_end(self: __torch__.latentsync.unet.UNet3d, x: Tensor, temb: Tensor) -> Tensor:
        return __torch__.latentsync.blocks.resnet(x, temb, self.w, "mid_block.resnets.1", self.groups, self.eps)

    def part_downsample(self: __torch__.latentsync.unet.UNet3d, x: Tensor, place: Tensor) -> Tensor:
        return __torch__.latentsync.ops.conv2d(x, self.w, (self).block_at(place) + ".downsamplers.0.conv", 2, 1)

    # To the size of the next skip.
    def part_upsample(self: __torch__.latentsync.unet.UNet3d, x: Tensor, skip: Tensor, place: Tensor) -> Tensor:
        y = __torch__.latentsync.ops.upsample(x, torch.size(skip, 3), torch.size(skip, 4))
        return __torch__.latentsync.ops.conv2d(y, self.w, (self).block_at(place) + ".upsamplers.0.conv", 1, 1)

    def part_last(self: __torch__.latentsync.unet.UNet3d, x: Tensor) -> Tensor:
        y = torch.silu(__torch__.latentsync.ops.group_norm(x, self.w, "conv_norm_out", self.groups, self.eps))
        return __torch__.latentsync.ops.conv2d(y, self.w, "conv_out", 1, 1)

    def block_at(self: __torch__.latentsync.unet.UNet3d, place: Tensor) -> str:
        side = int(torch.select(place, 0, 0))
        block = "mid_block"
        if side == 0:
            block = "down_blocks." + str(int(torch.select(place, 0, 1)))
        if side == 2:
            block = "up_blocks." + str(int(torch.select(place, 0, 1)))
        return block
