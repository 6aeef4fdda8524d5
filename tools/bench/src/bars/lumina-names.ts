/** Our own subjects, by the durability that they are measured with. */
export const luminas = ['lumina-local', 'lumina-replicated'] as const;
export type Lumina = (typeof luminas)[number];

export const isLumina = (name: string): name is Lumina => (luminas as readonly string[]).includes(name);
