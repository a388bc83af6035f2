/** A link as a QR code, in black on white in every theme: readers need the contrast. */
import encodeQR from "qr";

export function QrCode({ link, label }: { link: string; label: string }) {
  const rows = encodeQR(link, "raw", { ecc: "medium", border: 4 });
  const size = rows.length;
  const path = rows.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ""))).join("");
  return (
    <svg
      class="qr"
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={label}
      shape-rendering="crispEdges"
    >
      <rect width={size} height={size} />
      <path d={path} />
    </svg>
  );
}
