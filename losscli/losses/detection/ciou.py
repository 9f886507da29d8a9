from __future__ import annotations

import math
from typing import Any

from losscli.losses.detection._shared import Boxes, columns, hull, overlap
from losscli.spec.kinds import Positive
from losscli.spec.loss import loss

TINY = 1e-7
"""Added to areas and squared lengths that are divided by."""


@loss(
    aliases=("complete_box_iou_loss", "complete_iou", "CIoULoss"),
    shapes="(N,4),(N,4)->(N)",
    mean_over="boxes",
    symmetric=True,
)
def ciou(xp: Any, pred: Boxes, target: Boxes, *, eps: Positive = 1e-7) -> Any:
    """Complete IoU loss of boxes.

    One minus the overlap of two boxes, plus how far apart their centres are, plus how different their shapes are.
    It still tells near from far where boxes do not overlap at all.

    Formula:
        IoU = shared area / (area of the union + 10⁻⁷)
        ℓ = 1 - IoU + d² / (c² + 10⁻⁷) + α v
        d = distance of the centres, c = diagonal of the smallest box around both
        v = (4/π²) · (arctan(w_y/h_y) - arctan(w_x/h_x))²
        α = v / (1 - IoU + v + eps)
        mean = Σ ℓ / N

    Inputs:
        pred: predicted boxes x, a row of x1, y1, x2, y2 each, with x1 ≤ x2 and y1 ≤ y2.
        target: true boxes y, in the same order and form.

    Parameters:
        eps: keeps the denominator of α from being 0.

    Use when:
        Training or judging the boxes of a detector, each already matched with its true box.

    Avoid when:
        Boxes are not matched yet: rows are compared with rows. To report overlap alone take 1 - IoU.

    Pitfalls:
        - Boxes as centre and size are refused only where they look like swapped corners; most do not.
        - Equal boxes have a loss of some 10⁻⁸ and not 0, because of what is added to the denominators.
        - A box of height 0 has the steepest shape there is; a box that is a point has none, and its loss is NaN.
        - Units matter little: the loss of boxes in pixels is that of boxes in fractions of the image, but for the
          10⁻⁷ beside small areas.
        - torchvision, whose value this is, does not average by default, and for no boxes gives 0.

    Gradient:
        piecewise rational in the corners; libraries hold α constant in it, and `losscli grad` does not: its is that of the value

    References:
        - Z. Zheng et al., Distance-IoU Loss: Faster and Better Learning for Bounding Box Regression, 2019

    Example:
        losscli compute ciou sample_data/boxes_pred.csv sample_data/boxes_target.csv
    """
    x, y = columns(pred), columns(target)
    shared = overlap(xp, x, y)
    iou = shared / (x.area + y.area - shared + TINY)
    around = hull(xp, x, y)
    diagonal = around.width**2 + around.height**2 + TINY
    apart = ((x.x1 + x.x2 - y.x1 - y.x2) / 2) ** 2 + ((x.y1 + x.y2 - y.y1 - y.y2) / 2) ** 2
    v = (4 / math.pi**2) * (xp.atan(y.width / y.height) - xp.atan(x.width / x.height)) ** 2
    alpha = v / (1 - iou + v + eps)
    return 1 - iou + apart / diagonal + alpha * v
