/** What launchers of ranks set in each rank, as far as it says which rank it is and to which CPUs it was bound. */
export const LAUNCHER_VARIABLES: ReadonlySet<string> = new Set([
  // Open MPI 4 and 5
  'OMPI_COMM_WORLD_LOCAL_RANK',
  'OMPI_COMM_WORLD_LOCAL_SIZE',
  'PMIX_NAMESPACE',
  // Open MPI 4 only
  'OMPI_MCA_orte_launch',
  'OMPI_MCA_orte_bound_at_launch',
  // MPICH, Intel MPI
  'MPI_LOCALRANKID',
  'MPI_LOCALNRANKS',
  'I_MPI_PIN',
  // Slurm
  'SLURM_JOB_ID',
  'SLURM_STEP_ID',
  'SLURM_LOCALID',
  'SLURM_CPU_BIND',
  'SLURM_CPU_BIND_TYPE',
  'SLURM_CPU_BIND_LIST',
  'SLURM_CPUS_ON_NODE',
]);
