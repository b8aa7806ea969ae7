import si from 'systeminformation';

const { physicalCores } = await si.cpu();
if (!(physicalCores > 0)) process.exit(1);
