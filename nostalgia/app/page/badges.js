// The numbers at the boxes of faces: each on the side where it hides no face and no other number.

const SIDES = ["above", "below", "left", "right"];

const area = (a, b) =>
  Math.max(Math.min(a.right, b.right) - Math.max(a.left, b.left), 0) *
  Math.max(Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top), 0);

/** Put the number of each box of a photo where there is room, whenever the photo changes its size. */
export function placeBadges(print) {
  const place = () => {
    const whole = print.getBoundingClientRect();
    const boxes = [...print.querySelectorAll(".box")];
    const taken = boxes.map((box) => box.getBoundingClientRect());
    for (const box of boxes) {
      const badge = box.firstElementChild;
      const places = SIDES.map((side) => {
        badge.dataset.side = side;
        const at = badge.getBoundingClientRect();
        const outside = at.width * at.height - area(at, whole);
        return { side, at, hidden: taken.reduce((sum, other) => sum + area(at, other), 3 * outside) };
      });
      const best = places.reduce((one, other) => (other.hidden < one.hidden - 1 ? other : one));
      badge.dataset.side = best.side;
      taken.push(best.at);
    }
  };
  const watcher = new ResizeObserver(() => (print.isConnected ? place() : watcher.disconnect()));
  watcher.observe(print);
}
