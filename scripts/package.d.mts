export function packageExtension(options: { readonly agents: boolean; readonly out: string }): Promise<number>;
