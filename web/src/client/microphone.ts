import { asClientError, ClientError } from "./client_error.ts";

/** What the browser does to the sound before it is sent. */
export interface Processing {
  readonly echoCancellation: boolean;
  readonly noiseSuppression: boolean;
  readonly autoGainControl: boolean;
}

/** For people talking into what they have. */
export const SPEECH: Processing = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
};

/** For music, and for tests that need their tone back as it was. */
export const RAW: Processing = {
  echoCancellation: false,
  noiseSuppression: false,
  autoGainControl: false,
};

export interface MicrophoneChoice {
  /** Null: the system's default device. */
  readonly deviceId: string | null;
  readonly processing: Processing;
}

export interface InputDevice {
  readonly id: string;
  readonly label: string;
}

/**
 * Opens a microphone.
 *
 * @throws ClientError `insecure`, `mic_denied`, `no_microphone` or `mic_busy`.
 */
export async function openMicrophone(choice: MicrophoneChoice): Promise<MediaStreamTrack> {
  if (!globalThis.isSecureContext || navigator.mediaDevices === undefined) {
    throw new ClientError("insecure");
  }
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: constraintsOf(choice) });
    const track = stream.getAudioTracks()[0];
    if (track === undefined) throw new ClientError("no_microphone");
    return track;
  } catch (thrown) {
    throw microphoneError(thrown);
  }
}

function constraintsOf({ deviceId, processing }: MicrophoneChoice): MediaTrackConstraints {
  return {
    ...processing,
    channelCount: 1,
    ...(deviceId === null ? {} : { deviceId: { exact: deviceId } }),
  };
}

/** What a refusal of getUserMedia means to a person (W3C mediacapture-streams §10.3.1). */
export function microphoneError(thrown: unknown): ClientError {
  if (thrown instanceof ClientError) return thrown;
  const name = thrown instanceof Error || thrown instanceof DOMException ? thrown.name : "";
  const options = { cause: thrown };
  switch (name) {
    case "NotAllowedError":
    case "SecurityError":
      return new ClientError("mic_denied", "", [], undefined, options);
    case "NotFoundError":
    case "OverconstrainedError":
      return new ClientError("no_microphone", "", [], undefined, options);
    case "NotReadableError":
    case "AbortError":
      return new ClientError("mic_busy", "", [], undefined, options);
    default:
      return asClientError(thrown);
  }
}

/** The microphones there are. Labels are known only once one of them was opened. */
export async function listInputs(): Promise<InputDevice[]> {
  const devices = await navigator.mediaDevices?.enumerateDevices() ?? [];
  return devices
    .filter((device) => device.kind === "audioinput" && device.deviceId !== "")
    .map((device, index) => ({
      id: device.deviceId,
      label: device.label || `Microphone ${index + 1}`,
    }));
}
