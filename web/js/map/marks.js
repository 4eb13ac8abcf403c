/** The marks of incidents: a disc when in time, a triangle when overdue, so that colour never stands alone. @module */

const SIZE = 48;

/**
 * @param {import("maplibre-gl").Map} map
 * @param {import("./palette.js").Palette} palette
 */
export function addMarks(map, palette) {
  put(map, "incident-open", palette["mark-open"], palette.panel, (g) => g.arc(SIZE / 2, SIZE / 2, SIZE * 0.32, 0, 2 * Math.PI));
  put(map, "incident-overdue", palette["mark-overdue"], palette.panel, (g) => {
    g.moveTo(SIZE / 2, SIZE * 0.1);
    g.lineTo(SIZE * 0.92, SIZE * 0.84);
    g.lineTo(SIZE * 0.08, SIZE * 0.84);
    g.closePath();
  });
}

/**
 * @param {import("maplibre-gl").Map} map
 * @param {string} name
 * @param {string} fill
 * @param {string} edge
 * @param {(g: CanvasRenderingContext2D) => void} outline
 */
function put(map, name, fill, edge, outline) {
  const canvas = document.createElement("canvas");
  canvas.width = SIZE;
  canvas.height = SIZE;
  const g = canvas.getContext("2d");
  if (!g) return;
  g.beginPath();
  outline(g);
  g.lineJoin = "round";
  g.lineWidth = 5;
  g.strokeStyle = edge;
  g.stroke();
  g.fillStyle = fill;
  g.fill();
  const image = g.getImageData(0, 0, SIZE, SIZE);
  if (map.hasImage(name)) map.updateImage(name, image);
  else map.addImage(name, image);
}
