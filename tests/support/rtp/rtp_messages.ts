/** What a sender of RTP is told. Its thread keeps time while the main one is busy. */
export type RtpOrder =
  /** Send these packets (20 ms each) round and round, to loopback. Replaces what the voice sent before. */
  | {
    readonly kind: "send";
    readonly voice: string;
    readonly port: number;
    readonly payloadType: number;
    readonly packets: readonly Uint8Array[];
  }
  | { readonly kind: "silence"; readonly voice: string };
