/** Put `text` on the clipboard. Answers whether it worked; plain http pages need the old way. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text: string): boolean {
  const area = document.createElement("textarea");
  area.value = text;
  area.style.position = "fixed";
  area.style.opacity = "0";
  // Inside a modal dialog everything outside is inert, so the area goes into the open dialog.
  const home = document.querySelector("dialog[open]") ?? document.body;
  home.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}
