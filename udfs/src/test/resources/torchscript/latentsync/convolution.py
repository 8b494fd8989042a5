# A convolution over one to three dimensions, with stride 1, as the networks compute it in a type, and as
# float64 does of the same rounded numbers.
class Convolution(Module):
    __parameters__ = []
    __buffers__ = []
    training : bool
    w : Dict[str, Tensor]
    dtype : int

    def computed(self: __torch__.latentsync.convolution.Convolution, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        w: Dict[str, Tensor] = {}
        torch._set_item(w, "layer.weight", torch.to(weight, self.dtype))
        torch._set_item(w, "layer.bias", torch.to(bias, self.dtype))
        ones, paddings, zeros = (self).numbers(weight)
        y = __torch__.latentsync.ops.convolution(torch.to(x, self.dtype), w, "layer", ones, paddings)
        return torch.to(y, 6)

    def formula(self: __torch__.latentsync.convolution.Convolution, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ones, paddings, zeros = (self).numbers(weight)
        y = torch.convolution((self).exact(x), (self).exact(weight), (self).exact(bias), ones, paddings, ones, False, zeros, 1)
        return torch.to(y, 6)

    def exact(self: __torch__.latentsync.convolution.Convolution, x: Tensor) -> Tensor:
        return torch.to(torch.to(x, self.dtype), 7)

    # Ones, half the sides of the kernel, and zeros.
    def numbers(self: __torch__.latentsync.convolution.Convolution, weight: Tensor) -> Tuple[List[int], List[int], List[int]]:
        ones: List[int] = []
        paddings: List[int] = []
        zeros: List[int] = []
        for i in range(torch.dim(weight) - 2):
            ones.append(1)
            paddings.append(torch.size(weight, i + 2) // 2)
            zeros.append(0)
        return (ones, paddings, zeros)
