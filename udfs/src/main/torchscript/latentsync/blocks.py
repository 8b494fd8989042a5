# The blocks that the networks share. Which optional parts a block has (a shortcut, an attention to
# the speech, a positional table, how many layers) follows from the tensors that exist.


# GroupNorm, SiLU, convolution, twice; the embedded timestep, if any, is added in between.
def resnet(x: Tensor, temb: Optional[Tensor], w: Dict[str, Tensor], name: str, groups: int, eps: float) -> Tensor:
    h = torch.silu(__torch__.latentsync.ops.group_norm(x, w, name + ".norm1", groups, eps))
    h = __torch__.latentsync.ops.conv2d(h, w, name + ".conv1", 1, 1)
    if temb is not None:
        t = __torch__.latentsync.ops.linear(torch.silu(temb), w, name + ".time_emb_proj")
        h = torch.add(h, torch.reshape(t, [torch.size(t, 0), torch.size(t, 1), 1, 1, 1]))
    h = torch.silu(__torch__.latentsync.ops.group_norm(h, w, name + ".norm2", groups, eps))
    h = __torch__.latentsync.ops.conv2d(h, w, name + ".conv2", 1, 1)
    shortcut = x
    if __torch__.latentsync.ops.has(w, name + ".conv_shortcut.weight"):
        shortcut = __torch__.latentsync.ops.conv2d(x, w, name + ".conv_shortcut", 1, 0)
    return torch.add(shortcut, h)


# GEGLU: one half of the projection, times the GELU of the other.
def feed_forward(x: Tensor, w: Dict[str, Tensor], name: str) -> Tensor:
    value, gate = torch.chunk(__torch__.latentsync.ops.linear(x, w, name + ".net.0.proj"), 2, -1)
    return __torch__.latentsync.ops.linear(torch.mul(value, torch.gelu(gate)), w, name + ".net.2")


# Each frame's pixels attend to one another and to the frame's speech [b*f,t,d].
def spatial_transformer(x: Tensor, speech: Tensor, w: Dict[str, Tensor], name: str, groups: int, heads: int) -> Tensor:
    f = torch.size(x, 2)
    pictures = __torch__.latentsync.ops.frames(x)
    n, c, h, width = torch.size(pictures)
    y = __torch__.latentsync.ops.group_norm(pictures, w, name + ".norm", groups, 1e-06)
    y = __torch__.latentsync.ops.conv2d(y, w, name + ".proj_in", 1, 0)
    y = torch.reshape(torch.permute(y, [0, 2, 3, 1]), [n, h * width, c])
    i = 0
    block = name + ".transformer_blocks.0"
    while __torch__.latentsync.ops.has(w, block + ".norm1.weight"):
        z = __torch__.latentsync.ops.layer_norm(y, w, block + ".norm1")
        y = torch.add(y, __torch__.latentsync.ops.attention(z, z, w, block + ".attn1", heads))
        if __torch__.latentsync.ops.has(w, block + ".norm2.weight"):
            z = __torch__.latentsync.ops.layer_norm(y, w, block + ".norm2")
            y = torch.add(y, __torch__.latentsync.ops.attention(z, speech, w, block + ".attn2", heads))
        z = __torch__.latentsync.ops.layer_norm(y, w, block + ".norm3")
        y = torch.add(y, __torch__.latentsync.blocks.feed_forward(z, w, block + ".ff"))
        i = i + 1
        block = name + ".transformer_blocks." + str(i)
    # Contiguous as in the reference: another layout is another convolution kernel, and other rounding.
    y = torch.contiguous(torch.permute(torch.reshape(y, [n, h, width, c]), [0, 3, 1, 2]))
    y = __torch__.latentsync.ops.conv2d(y, w, name + ".proj_out", 1, 0)
    return __torch__.latentsync.ops.clip(torch.add(y, pictures), f)


# Each pixel attends to itself in the other frames of the clip.
def motion_module(x: Tensor, w: Dict[str, Tensor], module: str, heads: int) -> Tensor:
    name = module + ".temporal_transformer"
    b, c, f, h, width = torch.size(x)
    pictures = __torch__.latentsync.ops.frames(x)
    y = __torch__.latentsync.ops.group_norm(pictures, w, name + ".norm", 32, 1e-06)
    y = torch.permute(torch.reshape(y, [b, f, c, h, width]), [0, 3, 4, 1, 2])
    y = torch.reshape(y, [b * h * width, f, c])
    y = __torch__.latentsync.ops.linear(y, w, name + ".proj_in")
    i = 0
    block = name + ".transformer_blocks.0"
    while __torch__.latentsync.ops.has(w, block + ".ff_norm.weight"):
        j = 0
        while __torch__.latentsync.ops.has(w, block + ".norms." + str(j) + ".weight"):
            layer = block + ".attention_blocks." + str(j)
            z = __torch__.latentsync.ops.layer_norm(y, w, block + ".norms." + str(j))
            if __torch__.latentsync.ops.has(w, layer + ".pos_encoder.pe"):
                z = torch.add(z, torch.slice(w[layer + ".pos_encoder.pe"], 1, 0, f))
            y = torch.add(y, __torch__.latentsync.ops.attention(z, z, w, layer, heads))
            j = j + 1
        z = __torch__.latentsync.ops.layer_norm(y, w, block + ".ff_norm")
        y = torch.add(y, __torch__.latentsync.blocks.feed_forward(z, w, block + ".ff"))
        i = i + 1
        block = name + ".transformer_blocks." + str(i)
    y = __torch__.latentsync.ops.linear(y, w, name + ".proj_out")
    y = torch.permute(torch.reshape(y, [b, h, width, f, c]), [0, 3, 1, 2, 4])
    y = torch.contiguous(torch.permute(torch.reshape(y, [b * f, h, width, c]), [0, 3, 1, 2]))
    return __torch__.latentsync.ops.clip(torch.add(y, pictures), f)
