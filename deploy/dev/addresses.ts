/** Interfaces of containers and virtual machines: nobody hears us there. */
const VIRTUAL = /^(docker|br-|veth|virbr|cni|flannel)/;

/** The IPv4 addresses at which other machines may reach this one. */
export function outsideAddresses(
  interfaces: readonly Deno.NetworkInterfaceInfo[] = Deno.networkInterfaces(),
): string[] {
  return interfaces
    .filter(({ family, name, address }) =>
      family === "IPv4" && !VIRTUAL.test(name) && !address.startsWith("127.")
    )
    .map(({ address }) => address);
}
