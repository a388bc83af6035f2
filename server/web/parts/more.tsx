/** The end of a list that is longer than what is shown: it shows more when it is reached, or is pressed. */
import { useEffect, useRef } from "preact/hooks";

export interface MoreProps {
  state: "asking" | "more" | "all" | "failed";
  label: string;
  asking: string;
  all: string;
  more: () => void;
}

export function More({ state, label, asking, all, more }: MoreProps) {
  const end = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (state !== "more" || !end.current) return;
    const watch = new IntersectionObserver(
      (seen) => seen.some(({ isIntersecting }) => isIntersecting) && more(),
    );
    watch.observe(end.current);
    return () => watch.disconnect();
  }, [state, more]);
  return (
    <div class="more">
      {state === "more" && (
        <button ref={end} class="button" type="button" onClick={more}>
          {label}
        </button>
      )}
      <p role="status">{state === "asking" ? asking : state === "all" ? all : ""}</p>
    </div>
  );
}
