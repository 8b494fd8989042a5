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


# By the statistics of the training.
def batch_norm(x: Tensor, w: Dict[str, Tensor], name: str) -> Tensor:
    return torch.batch_norm(x, w[name + ".weight"], w[name + ".bias"], w[name + ".running_mean"], w[name + ".running_var"], False, 0.1, 1e-05, False)


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


# A number of channels rounded up to a multiple of 16.
def whole(channels: int) -> int:
    return (channels + 15) // 16 * 16


# Appends zeros to the first two dimensions until they have these sizes. Copies only if one is smaller.
def pad(x: Tensor, first: int, second: int) -> Tensor:
    result = x
    if torch.size(x, 0) < first or torch.size(x, 1) < second:
        widths: List[int] = []
        for i in range(torch.dim(x) - 2):
            widths.extend([0, 0])
        widths.extend([0, second - torch.size(x, 1), 0, first - torch.size(x, 0)])
        result = torch.constant_pad_nd(x, widths, 0)
    return result


# A kernel [out,in,...] with multiples of 16 channels. With other numbers the oneDNN in libtorch 2.7.1
# computes wrong sums on some processors with AVX-512 (AMD family 26): it reads memory before anything
# is written there.
def pad_kernel(weight: Tensor) -> Tensor:
    out = __torch__.latentsync.ops.whole(torch.size(weight, 0))
    return __torch__.latentsync.ops.pad(weight, out, __torch__.latentsync.ops.whole(torch.size(weight, 1)))


# Stores a weight; the kernel of a convolution in the form that convolution computes with.
def put(w: Dict[str, Tensor], name: str, tensor: Tensor, dtype: int, kernel: bool) -> NoneType:
    weight = torch.to(tensor, dtype)
    if kernel:
        weight = __torch__.latentsync.ops.pad_kernel(weight)
    torch._set_item(w, name, weight)
    return None


# Over one to three dimensions; x is [n,in,...]. Channels of zeros change no sum, and those that the
# padded kernel adds to the output are dropped: the bias has one value for each real one. Weights in
# training are stored as they are and padded here, so that gradients reach them. The layout "channels
# last" gains nothing on a CPU: the UNet takes some per cent longer with it, since normalising a clip
# turns the layout back, and the autoencoder takes as long.
def convolution(x: Tensor, w: Dict[str, Tensor], name: str, strides: List[int], paddings: List[int]) -> Tensor:
    weight = __torch__.latentsync.ops.pad_kernel(w[name + ".weight"])
    bias = w[name + ".bias"]
    out = torch.size(bias, 0)
    padded_out = torch.size(weight, 0)
    padded = __torch__.latentsync.ops.pad(x, torch.size(x, 0), torch.size(weight, 1))
    offset = torch.constant_pad_nd(bias, [0, padded_out - out], 0)
    dilations: List[int] = []
    output_paddings: List[int] = []
    for i in range(len(strides)):
        dilations.append(1)
        output_paddings.append(0)
    result = torch.convolution(padded, weight, offset, strides, paddings, dilations, False, output_paddings, 1)
    if out < padded_out:
        result = torch.contiguous(torch.slice(result, 1, 0, out))
    return result


# A clip is convolved frame by frame.
def conv2d(x: Tensor, w: Dict[str, Tensor], name: str, stride: int, padding: int) -> Tensor:
    strides = [stride, stride]
    paddings = [padding, padding]
    if torch.dim(x) == 5:
        pictures = __torch__.latentsync.ops.frames(x)
        y = __torch__.latentsync.ops.convolution(pictures, w, name, strides, paddings)
        result = __torch__.latentsync.ops.clip(y, torch.size(x, 2))
    else:
        result = __torch__.latentsync.ops.convolution(x, w, name, strides, paddings)
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


# softmax(q k^T / sqrt(d)) v in each head. CUDA's kernels take at most 65535 in the first dimension,
# which motion modules exceed with large batches; so it is computed in parts.
def heads_attention(q: Tensor, k: Tensor, v: Tensor, heads: int) -> Tensor:
    limit = 65535
    n, t, c = torch.size(q)
    parts: List[Tensor] = []
    for i in range((n + limit - 1) // limit):
        first = i * limit
        last = first + limit
        parts.append(torch.scaled_dot_product_attention(
            __torch__.latentsync.ops.split_heads(torch.slice(q, 0, first, last), heads),
            __torch__.latentsync.ops.split_heads(torch.slice(k, 0, first, last), heads),
            __torch__.latentsync.ops.split_heads(torch.slice(v, 0, first, last), heads)))
    y = parts[0]
    if len(parts) > 1:
        y = torch.cat(parts, 0)
    return torch.reshape(torch.transpose(y, 1, 2), [n, t, c])


# The queries come from x, keys and values from the context.
def attention(x: Tensor, context: Tensor, w: Dict[str, Tensor], name: str, heads: int) -> Tensor:
    q = __torch__.latentsync.ops.linear(x, w, name + ".to_q")
    k = __torch__.latentsync.ops.linear(context, w, name + ".to_k")
    v = __torch__.latentsync.ops.linear(context, w, name + ".to_v")
    y = __torch__.latentsync.ops.heads_attention(q, k, v, heads)
    return __torch__.latentsync.ops.linear(y, w, name + ".to_out.0")
