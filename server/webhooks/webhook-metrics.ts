/** What Prometheus is told of webhooks. Labels are few and closed: never an endpoint. */
import { Counter, Gauge, type Registry } from "prom-client";
import type { Standing } from "./deliverer.ts";
import type { Outcome } from "./record.ts";

export class WebhookMetrics {
  readonly #attempts: Counter<"outcome">;
  #standing: Standing | undefined;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#attempts = new Counter({
      name: "tallystick_webhook_attempts_total",
      help: "Attempts of this hub's to deliver an event, by outcome: delivered, retried, failed (given up), ended (410), dropped.",
      labelNames: ["outcome"],
      registers,
    });
    const gauge = (name: string, help: string, read: (standing: Standing) => number) => {
      const standing = () => this.#standing;
      new Gauge({
        name,
        help,
        registers,
        // Every hub counts all endpoints.
        aggregator: "max",
        collect() {
          const now = standing();
          this.set(now ? read(now) : 0);
        },
      });
    };
    gauge(
      "tallystick_webhook_deliveries_pending",
      "Deliveries that wait or are under way, of all endpoints.",
      ({ pending }) => pending,
    );
    gauge(
      "tallystick_webhook_oldest_pending_seconds",
      "For how long the one has waited that has waited longest.",
      ({ oldestSeconds }) => oldestSeconds,
    );
    gauge(
      "tallystick_webhook_endpoints_failing",
      "Endpoints that want events and take none.",
      ({ failing }) => failing,
    );
    gauge(
      "tallystick_webhook_endpoints_ended",
      "Endpoints that have answered 410 and get nothing more.",
      ({ ended }) => ended,
    );
  }

  /** An attempt is over, and what came of it is written. */
  attempted(outcome: Outcome): void {
    this.#attempts.inc({ outcome });
  }

  /** How all endpoints stand, as it was counted last. */
  counted(standing: Standing): void {
    this.#standing = standing;
  }
}
