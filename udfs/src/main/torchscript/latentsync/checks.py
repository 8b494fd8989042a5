# Layers as the networks compute them, against plain formulas in float64 on the CPU. Each method takes
# pseudo-random numbers and the sizes of the layer, and returns [largest error, largest value of the
# formula], in float64. All layers take their weights from the same numbers, without a copy.

# Numbers of this shape, from a place on.
def values(numbers: Tensor, start: int, shape: List[int]) -> Tensor:
    length = 1
    for size in shape:
        length = length * size
    return torch.reshape(torch.slice(numbers, 0, start, start + length), shape)


# The same, scaled.
def scaled(numbers: Tensor, start: int, shape: List[int], scale: float) -> Tensor:
    return torch.mul(__torch__.latentsync.checks.values(numbers, start, shape), scale)


def exact(x: Tensor) -> Tensor:
    return torch.to(x, torch.device("cpu"), 7)


def compare(computed: Tensor, formula: Tensor) -> Tensor:
    error = torch.max(torch.abs(torch.sub(__torch__.latentsync.checks.exact(computed), formula)))
    return torch.stack([error, torch.max(torch.abs(formula))])


# At most 64 of so many outputs: the first, the last, and others spread between them.
def outputs(count: int) -> Tensor:
    places = torch.arange(64, dtype=4)
    if count < 64:
        places = torch.arange(count, dtype=4)
    else:
        places = torch.div(torch.mul(places, count - 1), 63, rounding_mode="floor")
    return places


def tokens_of_heads(x: Tensor, heads: int) -> Tensor:
    n, t, c = torch.size(x)
    return torch.permute(torch.reshape(x, [n, t, heads, c // heads]), [0, 2, 1, 3])


# Mean 0 and variance 1 over the last dimension.
def normal(x: Tensor, eps: float) -> Tensor:
    centred = torch.sub(x, torch.mean(x, [-1], True))
    variance = torch.mean(torch.mul(centred, centred), [-1], True)
    return torch.div(centred, torch.sqrt(torch.add(variance, eps)))


class LayerCheck(Module):
    __parameters__ = []
    __buffers__ = []
    training : bool
    w : Dict[str, Tensor]

    # Repeats pseudo-random numbers in -1..1 until there are sizes[0] of them, in the type sizes[1].
    def numbers(self: __torch__.latentsync.checks.LayerCheck, noise: Tensor, sizes: List[int]) -> Tensor:
        count, dtype = sizes[0], sizes[1]
        times = count // torch.size(noise, 0) + 1
        return torch.slice(torch.repeat(torch.to(noise, dtype), [times]), 0, 0, count)

    # sizes: stride, out, in, kernel. Two pictures: a single small one has kernels of its own.
    def convolution(self: __torch__.latentsync.checks.LayerCheck, numbers: Tensor, sizes: List[int]) -> Tensor:
        out, channels = sizes[1], sizes[2]
        kernel: List[int] = []
        picture = [2, channels]
        strides: List[int] = []
        paddings: List[int] = []
        dilations: List[int] = []
        nothing: List[int] = []
        inputs = channels
        for i in range(len(sizes) - 3):
            side = sizes[3 + i]
            kernel.append(side)
            inputs = inputs * side
            picture.append(5)
            strides.append(sizes[0])
            paddings.append(side // 2)
            dilations.append(1)
            nothing.append(0)
        shape = [out, channels]
        shape.extend(kernel)
        weight = __torch__.latentsync.checks.values(numbers, 0, shape)
        bias = __torch__.latentsync.checks.scaled(numbers, 101, [out], 0.25)
        x = __torch__.latentsync.checks.scaled(numbers, 1009, picture, 3. / float(inputs) ** 0.5)
        w: Dict[str, Tensor] = {}
        torch._set_item(w, "layer.weight", __torch__.latentsync.ops.pad_kernel(weight))
        torch._set_item(w, "layer.bias", bias)
        y = __torch__.latentsync.ops.convolution(x, w, "layer", strides, paddings)
        some = __torch__.latentsync.checks.outputs(out)
        there = torch.to(some, x.device, 4)
        formula = torch.convolution(
            __torch__.latentsync.checks.exact(x),
            __torch__.latentsync.checks.exact(torch.index_select(weight, 0, there)),
            __torch__.latentsync.checks.exact(torch.index_select(bias, 0, there)),
            strides, paddings, dilations, False, nothing, 1)
        return __torch__.latentsync.checks.compare(torch.index_select(y, 1, there), formula)

    # sizes: out, in, whether there is a bias
    def linear(self: __torch__.latentsync.checks.LayerCheck, numbers: Tensor, sizes: List[int]) -> Tensor:
        out, width = sizes[0], sizes[1]
        weight = __torch__.latentsync.checks.values(numbers, 0, [out, width])
        bias = __torch__.latentsync.checks.scaled(numbers, 101, [out], 0.25 * float(sizes[2]))
        x = __torch__.latentsync.checks.scaled(numbers, 1009, [1, 32, width], 3. / float(width) ** 0.5)
        w: Dict[str, Tensor] = {}
        torch._set_item(w, "layer.weight", weight)
        if sizes[2] > 0:
            torch._set_item(w, "layer.bias", bias)
        y = __torch__.latentsync.ops.linear(x, w, "layer")
        some = __torch__.latentsync.checks.outputs(out)
        there = torch.to(some, x.device, 4)
        some_weights = __torch__.latentsync.checks.exact(torch.index_select(weight, 0, there))
        products = torch.matmul(__torch__.latentsync.checks.exact(x), torch.transpose(some_weights, 0, 1))
        formula = torch.add(products, __torch__.latentsync.checks.exact(torch.index_select(bias, 0, there)))
        return __torch__.latentsync.checks.compare(torch.index_select(y, 2, there), formula)

    # sizes: channels, groups
    def group_norm(self: __torch__.latentsync.checks.LayerCheck, numbers: Tensor, sizes: List[int]) -> Tensor:
        channels, groups = sizes[0], sizes[1]
        w: Dict[str, Tensor] = {}
        weight = __torch__.latentsync.checks.scaled(numbers, 0, [channels], 1.7)
        bias = __torch__.latentsync.checks.scaled(numbers, 101, [channels], 1.7)
        torch._set_item(w, "layer.weight", weight)
        torch._set_item(w, "layer.bias", bias)
        x = __torch__.latentsync.checks.scaled(numbers, 1009, [2, channels, 6, 6], 1.7)
        y = __torch__.latentsync.ops.group_norm(x, w, "layer", groups, 1e-05)
        grouped = torch.reshape(__torch__.latentsync.checks.exact(x), [2, groups, channels // groups * 36])
        scaled = torch.reshape(__torch__.latentsync.checks.normal(grouped, 1e-05), [2, channels, 36])
        scale = torch.reshape(__torch__.latentsync.checks.exact(weight), [1, channels, 1])
        offset = torch.reshape(__torch__.latentsync.checks.exact(bias), [1, channels, 1])
        formula = torch.add(torch.mul(scaled, scale), offset)
        return __torch__.latentsync.checks.compare(torch.reshape(y, [2, channels, 36]), formula)

    # sizes: width
    def layer_norm(self: __torch__.latentsync.checks.LayerCheck, numbers: Tensor, sizes: List[int]) -> Tensor:
        w: Dict[str, Tensor] = {}
        weight = __torch__.latentsync.checks.scaled(numbers, 0, sizes, 1.7)
        bias = __torch__.latentsync.checks.scaled(numbers, 101, sizes, 1.7)
        torch._set_item(w, "layer.weight", weight)
        torch._set_item(w, "layer.bias", bias)
        x = __torch__.latentsync.checks.scaled(numbers, 1009, [2, 32, sizes[0]], 1.7)
        y = __torch__.latentsync.ops.layer_norm(x, w, "layer")
        scaled = __torch__.latentsync.checks.normal(__torch__.latentsync.checks.exact(x), 1e-05)
        scale = __torch__.latentsync.checks.exact(weight)
        formula = torch.add(torch.mul(scaled, scale), __torch__.latentsync.checks.exact(bias))
        return __torch__.latentsync.checks.compare(y, formula)

    # sizes: channels
    def batch_norm(self: __torch__.latentsync.checks.LayerCheck, numbers: Tensor, sizes: List[int]) -> Tensor:
        w: Dict[str, Tensor] = {}
        weight = __torch__.latentsync.checks.scaled(numbers, 0, sizes, 1.7)
        bias = __torch__.latentsync.checks.scaled(numbers, 101, sizes, 1.7)
        mean = __torch__.latentsync.checks.scaled(numbers, 211, sizes, 1.)
        variance = torch.add(torch.abs(__torch__.latentsync.checks.scaled(numbers, 307, sizes, 1.)), 0.5)
        torch._set_item(w, "layer.weight", weight)
        torch._set_item(w, "layer.bias", bias)
        torch._set_item(w, "layer.running_mean", mean)
        torch._set_item(w, "layer.running_var", variance)
        x = __torch__.latentsync.checks.scaled(numbers, 1009, [2, sizes[0], 6, 6], 1.7)
        y = __torch__.latentsync.ops.batch_norm(x, w, "layer")
        each = [1, sizes[0], 1, 1]
        centred = torch.sub(__torch__.latentsync.checks.exact(x), torch.reshape(__torch__.latentsync.checks.exact(mean), each))
        deviation = torch.sqrt(torch.add(torch.reshape(__torch__.latentsync.checks.exact(variance), each), 1e-05))
        scale = torch.reshape(__torch__.latentsync.checks.exact(weight), each)
        offset = torch.reshape(__torch__.latentsync.checks.exact(bias), each)
        formula = torch.add(torch.mul(torch.div(centred, deviation), scale), offset)
        return __torch__.latentsync.checks.compare(y, formula)

    # sizes: width, heads
    def attention(self: __torch__.latentsync.checks.LayerCheck, numbers: Tensor, sizes: List[int]) -> Tensor:
        width, heads = sizes[0], sizes[1]
        q = __torch__.latentsync.checks.scaled(numbers, 0, [2, 48, width], 1.7)
        k = __torch__.latentsync.checks.scaled(numbers, 101, [2, 40, width], 1.7)
        v = __torch__.latentsync.checks.scaled(numbers, 211, [2, 40, width], 1.7)
        y = __torch__.latentsync.ops.heads_attention(q, k, v, heads)
        queries = __torch__.latentsync.checks.tokens_of_heads(__torch__.latentsync.checks.exact(q), heads)
        keys = __torch__.latentsync.checks.tokens_of_heads(__torch__.latentsync.checks.exact(k), heads)
        content = __torch__.latentsync.checks.tokens_of_heads(__torch__.latentsync.checks.exact(v), heads)
        likeness = torch.mul(torch.matmul(queries, torch.transpose(keys, 2, 3)), float(width // heads) ** -0.5)
        formula = torch.matmul(torch.softmax(likeness, -1), content)
        return __torch__.latentsync.checks.compare(__torch__.latentsync.checks.tokens_of_heads(y, heads), formula)

    # sizes: channels, dimensions
    def upsampling(self: __torch__.latentsync.checks.LayerCheck, numbers: Tensor, sizes: List[int]) -> Tensor:
        shape = [1, sizes[0]]
        if sizes[1] > 4:
            shape.append(3)
        shape.extend([5, 7])
        x = __torch__.latentsync.checks.scaled(numbers, 0, shape, 1.7)
        y = __torch__.latentsync.ops.upsample(x, 10, 14)
        rows = torch.repeat_interleave(__torch__.latentsync.checks.exact(x), 2, -2)
        return __torch__.latentsync.checks.compare(y, torch.repeat_interleave(rows, 2, -1))
