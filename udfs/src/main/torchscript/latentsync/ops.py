# Layers over a dictionary of tensors: `name` is what stands before ".weight" and ".bias".
# A picture batch is [n,c,h,w]; a clip is [b,c,f,h,w]; tokens are [n,t,c].
# Nothing is changed in place: training differentiates through the same text.


def has(w: Dict[str, Tensor], name: str) -> bool:
    return torch.__contains__(w, name)


def bias(w: Dict[str, Tensor], name: str) -> Optional[Tensor]:
    found: Optional[Tensor] = None
    if torch.__contains__(w, name + ".bias"):
        found = w[name + ".bias"]
    return found


def linear(x: Tensor, w: Dict[str, Tensor], name: str) -> Tensor:
    return torch.linear(x, w[name + ".weight"], __torch__.latentsync.ops.bias(w, name))


def layer_norm(x: Tensor, w: Dict[str, Tensor], name: str) -> Tensor:
    weight = w[name + ".weight"]
    return torch.layer_norm(x, [torch.size(weight, 0)], weight, w[name + ".bias"], 1e-05, False)


# Over a clip the statistics are joint over all its frames.
def group_norm(x: Tensor, w: Dict[str, Tensor], name: str, groups: int, eps: float) -> Tensor:
    return torch.group_norm(x, groups, w[name + ".weight"], w[name + ".bias"], eps, False)


# [b,c,f,h,w] -> [b*f,c,h,w]
def frames(clip: Tensor) -> Tensor:
    b, c, f, h, width = torch.size(clip)
    return torch.reshape(torch.permute(clip, [0, 2, 1, 3, 4]), [b * f, c, h, width])


# [b*f,c,h,w] -> [b,c,f,h,w]
def clip(pictures: Tensor, f: int) -> Tensor:
    n, c, h, width = torch.size(pictures)
    return torch.permute(torch.reshape(pictures, [n // f, f, c, h, width]), [0, 2, 1, 3, 4])


# A clip is convolved frame by frame. Weights in the layout "channels last" gain nothing on a CPU:
# with them the UNet takes some per cent longer, since normalising a clip turns the layout back, and
# the autoencoder takes as long.
def conv2d(x: Tensor, w: Dict[str, Tensor], name: str, stride: int, padding: int) -> Tensor:
    weight = w[name + ".weight"]
    offset = __torch__.latentsync.ops.bias(w, name)
    steps = [stride, stride]
    pads = [padding, padding]
    if torch.dim(x) == 5:
        pictures = __torch__.latentsync.ops.frames(x)
        y = torch.conv2d(pictures, weight, offset, steps, pads, [1, 1], 1)
        result = __torch__.latentsync.ops.clip(y, torch.size(x, 2))
    else:
        result = torch.conv2d(x, weight, offset, steps, pads, [1, 1], 1)
    return result


# Nearest neighbour.
def upsample(x: Tensor, h: int, width: int) -> Tensor:
    if torch.dim(x) == 5:
        result = torch.upsample_nearest3d(x, [torch.size(x, 2), h, width], None, None, None)
    else:
        result = torch.upsample_nearest2d(x, [h, width], None, None)
    return result


# [n,t,heads*d] -> [n,heads,t,d]
def split_heads(x: Tensor, heads: int) -> Tensor:
    n, t, c = torch.size(x)
    return torch.transpose(torch.reshape(x, [n, t, heads, c // heads]), 1, 2)


# softmax(q k^T / sqrt(d)) v in each head
def heads_attention(q: Tensor, k: Tensor, v: Tensor, heads: int) -> Tensor:
    y = torch.scaled_dot_product_attention(
        __torch__.latentsync.ops.split_heads(q, heads),
        __torch__.latentsync.ops.split_heads(k, heads),
        __torch__.latentsync.ops.split_heads(v, heads))
    n, t, c = torch.size(q)
    return torch.reshape(torch.transpose(y, 1, 2), [n, t, c])


# The queries come from x, keys and values from the context.
def attention(x: Tensor, context: Tensor, w: Dict[str, Tensor], name: str, heads: int) -> Tensor:
    q = __torch__.latentsync.ops.linear(x, w, name + ".to_q")
    k = __torch__.latentsync.ops.linear(context, w, name + ".to_k")
    v = __torch__.latentsync.ops.linear(context, w, name + ".to_v")
    y = __torch__.latentsync.ops.heads_attention(q, k, v, heads)
    return __torch__.latentsync.ops.linear(y, w, name + ".to_out.0")
