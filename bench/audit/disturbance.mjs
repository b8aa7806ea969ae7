export const disturbance = async () => '';
