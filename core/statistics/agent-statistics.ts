/** What the agent tells of its own work, as guest-lodger-stats answers it. Durations of requests are in nanoseconds. */
import { Token } from "../token.ts";

export interface CommandStatistics {
  readonly name: string;
  readonly count: number;
  readonly errors: number;
  /** Of which the times below are. */
  readonly timed: number;
  readonly "total-ns": number;
  readonly "mean-ns": number;
  readonly "max-ns": number;
  readonly "p50-ns": number;
  readonly "p90-ns": number;
  readonly "p99-ns": number;
  readonly buckets: number[];
}

export interface AgentStatisticsReport {
  readonly version: string;
  readonly "uptime-seconds": number;
  readonly requests: number;
  readonly malformed: number;
  readonly abandoned: number;
  readonly errors: { readonly class: string; readonly count: number }[];
  readonly commands: CommandStatistics[];
  readonly "bucket-bounds-ns": number[];
  readonly received: number;
  readonly sent: number;
  readonly memory: {
    readonly resident: number;
    readonly "private-dirty"?: number;
    readonly "heap-total": number;
    readonly "heap-used": number;
    readonly external: number;
    readonly "array-buffers": number;
  };
  readonly connections: { readonly transport: string; readonly open: number; readonly total: number }[];
  readonly descriptors?: number;
  readonly held: { readonly what: string; readonly count: number }[];
  readonly plugins: { readonly name: string; readonly state: string; readonly commands: number }[];
  readonly frozen: boolean;
  readonly "last-freeze"?: { readonly began: number; readonly "lasted-ms"?: number; readonly "ended-by"?: string };
  readonly "event-loop"?: { readonly "busy-ns": number; readonly "idle-ns": number };
}

export interface AgentStatistics {
  report(): AgentStatisticsReport;
}

export const AgentStatistics = new Token<AgentStatistics>("agent statistics");
