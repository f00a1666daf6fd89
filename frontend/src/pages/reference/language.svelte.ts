export type Language = "curl" | "python";

class Choice {
  /** In which language calls are shown, for all actions at once. */
  chosen = $state<Language>("curl");
}

export const language = new Choice();
