import { ClientError } from "../client/client_error.ts";
import { LevelMeter } from "../client/level_meter.ts";
import {
  type InputDevice,
  listInputs,
  openMicrophone,
  type Processing,
  RAW,
  SPEECH,
} from "../client/microphone.ts";

const DEVICE_KEY = "roomcast.microphone";

/** The microphone as the studio page shows it. */
export class MicModel {
  devices = $state.raw<InputDevice[]>([]);
  deviceId = $state<string | null>(localStorage.getItem(DEVICE_KEY));
  processing = $state.raw<Processing>(SPEECH);
  error = $state.raw<ClientError | null>(null);
  track = $state.raw<MediaStreamTrack | null>(null);
  readonly meter = new LevelMeter();
  #opening = 0;

  /**
   * @param raw True: the sound is sent as it is.
   * @param onTrack Gets each track that is to be sent from then on.
   */
  constructor(raw: boolean, private readonly onTrack: (track: MediaStreamTrack) => Promise<void>) {
    if (raw) this.processing = RAW;
    navigator.mediaDevices?.addEventListener("devicechange", this.#devicesChanged);
  }

  /** Opens the chosen microphone in place of the one in use. */
  async open(): Promise<void> {
    const opening = ++this.#opening;
    try {
      const track = await this.#openChosen();
      if (opening !== this.#opening) return track.stop();
      const previous = this.track;
      this.error = null;
      this.track = track;
      this.meter.watch(track);
      track.addEventListener("ended", () => void this.#lost(track));
      await this.onTrack(track);
      previous?.stop();
      this.devices = await listInputs();
      this.deviceId = track.getSettings().deviceId ?? this.deviceId;
    } catch (error) {
      if (error instanceof ClientError) this.error = error;
      else throw error;
    }
  }

  async choose(deviceId: string): Promise<void> {
    this.deviceId = deviceId;
    localStorage.setItem(DEVICE_KEY, deviceId);
    await this.open();
  }

  async process(change: Partial<Processing>): Promise<void> {
    this.processing = { ...this.processing, ...change };
    await this.open();
  }

  close(): void {
    this.#opening++;
    navigator.mediaDevices?.removeEventListener("devicechange", this.#devicesChanged);
    this.track?.stop();
    void this.meter.close();
  }

  /** The device chosen last time may be unplugged today: then the default one will do. */
  async #openChosen(): Promise<MediaStreamTrack> {
    const { deviceId, processing } = this;
    try {
      return await openMicrophone({ deviceId, processing });
    } catch (error) {
      const absent = error instanceof ClientError && error.code === "no_microphone";
      if (!absent || deviceId === null) throw error;
      return await openMicrophone({ deviceId: null, processing });
    }
  }

  async #lost(track: MediaStreamTrack): Promise<void> {
    if (track !== this.track) return;
    this.deviceId = null;
    await this.open();
  }

  readonly #devicesChanged = async () => {
    this.devices = await listInputs();
  };
}
