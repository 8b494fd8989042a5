# "conv" and "norm" are layers i and i+1 of a sequence.
def activated(x: Tensor, w: Dict[str, Tensor], name: str) -> Tensor:
    return torch.relu(__torch__.latentsync.ops.batch_norm(x, w, name))


def conv2d(x: Tensor, w: Dict[str, Tensor], i: int, padding: int) -> Tensor:
    name = "netcnnaud." + str(i)
    y = __torch__.latentsync.ops.convolution(x, w, name, [1, 1], [padding, padding])
    return __torch__.latentsync.syncnet.activated(y, w, "netcnnaud." + str(i + 1))


def conv3d(x: Tensor, w: Dict[str, Tensor], i: int, stride: int, padding: int) -> Tensor:
    name = "netcnnlip." + str(i)
    y = __torch__.latentsync.ops.convolution(x, w, name, [1, stride, stride], [0, padding, padding])
    return __torch__.latentsync.syncnet.activated(y, w, "netcnnlip." + str(i + 1))


# Halves the pictures of a clip.
def pool(x: Tensor, padding: int) -> Tensor:
    return torch.max_pool3d(x, [1, 3, 3], [1, 2, 2], [0, padding, padding], [1, 1, 1], False)


def head(x: Tensor, w: Dict[str, Tensor], name: str) -> Tensor:
    y = __torch__.latentsync.ops.linear(torch.flatten(x, 1, -1), w, name + ".0")
    y = __torch__.latentsync.syncnet.activated(y, w, name + ".1")
    return __torch__.latentsync.ops.linear(y, w, name + ".3")


class SyncNet(Module):
    __parameters__ = []
    __buffers__ = []
    training : bool
    w : Dict[str, Tensor]

    def put(self: __torch__.latentsync.syncnet.SyncNet, name: str, tensor: Tensor, dtype: int, kernel: bool) -> NoneType:
        return __torch__.latentsync.ops.put(self.w, name, tensor, dtype, kernel)

    # mfcc [n,1,13,20] -> [n,d]
    def sound(self: __torch__.latentsync.syncnet.SyncNet, mfcc: Tensor) -> Tensor:
        w = self.w
        x = __torch__.latentsync.syncnet.conv2d(mfcc, w, 0, 1)
        x = __torch__.latentsync.syncnet.conv2d(x, w, 4, 1)
        x = torch.max_pool2d(x, [3, 3], [1, 2], [0, 0], [1, 1], False)
        x = __torch__.latentsync.syncnet.conv2d(x, w, 8, 1)
        x = __torch__.latentsync.syncnet.conv2d(x, w, 11, 1)
        x = __torch__.latentsync.syncnet.conv2d(x, w, 14, 1)
        x = torch.max_pool2d(x, [3, 3], [2, 2], [0, 0], [1, 1], False)
        x = __torch__.latentsync.syncnet.conv2d(x, w, 18, 0)
        return __torch__.latentsync.syncnet.head(x, w, "netfcaud")

    # pictures [n,3,5,224,224] -> [n,d]
    def lips(self: __torch__.latentsync.syncnet.SyncNet, pictures: Tensor) -> Tensor:
        w = self.w
        x = __torch__.latentsync.syncnet.conv3d(pictures, w, 0, 2, 0)
        x = __torch__.latentsync.syncnet.pool(x, 0)
        x = __torch__.latentsync.syncnet.conv3d(x, w, 4, 2, 1)
        x = __torch__.latentsync.syncnet.pool(x, 1)
        x = __torch__.latentsync.syncnet.conv3d(x, w, 8, 1, 1)
        x = __torch__.latentsync.syncnet.conv3d(x, w, 11, 1, 1)
        x = __torch__.latentsync.syncnet.conv3d(x, w, 14, 1, 1)
        x = __torch__.latentsync.syncnet.pool(x, 0)
        x = __torch__.latentsync.syncnet.conv3d(x, w, 18, 1, 0)
        return __torch__.latentsync.syncnet.head(x, w, "netfclip")
